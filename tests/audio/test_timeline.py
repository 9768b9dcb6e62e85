from vcam.audio.timeline import GAP_NS, Timeline, is_gap
from vcam.media import MS_NS, SECOND_NS, silence


def test_before_the_first_chunk_every_index_is_negative() -> None:
    assert Timeline(16_000).index_at(123) == -1


def test_time_and_index_agree_at_an_awkward_rate_however_the_sound_is_cut() -> None:
    whole, cut = Timeline(44_100), Timeline(44_100)
    whole.push(7, 44_100)
    for start in range(0, 44_100, 441):
        cut.push(7 + start * SECOND_NS // 44_100, 441)
    for frame in range(30):
        t_ns = 7 + frame * SECOND_NS // 30
        assert cut.index_at(t_ns) == whole.index_at(t_ns)
        assert abs(whole.t_ns(whole.index_at(t_ns)) - t_ns) <= SECOND_NS // 44_100 + 1


def test_a_slow_device_is_followed_within_a_tenth_of_a_millisecond() -> None:
    timeline = Timeline(16_000)
    for block in range(50 * 600):  # 10 minutes, 100 ppm slow: 60 ms in all
        timeline.push(block * 20 * MS_NS * 1_000_100 // 1_000_000, 320)
    last_ns = 29_999 * 20 * MS_NS * 1_000_100 // 1_000_000
    assert abs(timeline.t_ns(29_999 * 320) - last_ns) <= 100_000
    assert abs(timeline.index_at(last_ns) - 29_999 * 320) <= 2


def test_times_within_a_jump_belong_to_the_sample_before_it() -> None:
    timeline = Timeline(16_000)
    timeline.push(0, 160)
    timeline.push(30 * MS_NS, 160)
    assert timeline.index_at(29 * MS_NS) == 159
    assert timeline.index_at(30 * MS_NS) == 160


def test_only_a_later_chunk_follows_a_gap() -> None:
    assert not is_gap(0, silence(GAP_NS, 1, 16_000))
    assert is_gap(0, silence(GAP_NS + 1, 1, 16_000))
    assert not is_gap(SECOND_NS, silence(0, 1, 16_000))
