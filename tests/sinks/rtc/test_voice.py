import av
import numpy as np
import pytest

from vcam.media import MS_NS, SECOND_NS, AudioChunk, samples_to_ns
from vcam.sinks.rtc.voice import PACKET_SAMPLES, PATIENCE_NS, RATE, VoiceEncoder


def tone(t_ns: int, count: int, rate: int) -> AudioChunk:
    t = t_ns / SECOND_NS + np.arange(count) / rate
    return AudioChunk(t_ns, (0.5 * np.sin(2 * np.pi * 500 * t)).astype(np.float32), rate)


def heard(packets) -> dict[int, np.ndarray]:
    """Decode: packet time -> samples in [-1, 1]."""
    decoder = av.CodecContext.create("libopus", "r")
    decoded = {}
    for packet in packets:
        for frame in decoder.decode(packet):
            samples = frame.to_ndarray().astype(np.float64).reshape(-1)
            decoded[packet.pts] = samples / (1 if "flt" in frame.format.name else 32768)
    return decoded


def play(encoder, rate, block, blocks, start=0):
    return [
        packet
        for n in range(start, start + blocks)
        for packet in encoder.encode(tone(n * block * SECOND_NS // rate, block, rate))
    ]


@pytest.mark.parametrize(
    ("rate", "block"), [(16_000, 320), (16_000, 160), (44_100, 441), (48_000, 999)]
)
def test_sound_of_any_rate_and_any_chunking_becomes_packets_of_20_ms(rate, block):
    packets = play(VoiceEncoder(), rate, block, rate // block)
    times = [packet.pts for packet in packets]
    assert np.all(np.diff(times) == PACKET_SAMPLES)
    assert len(packets) == pytest.approx(50, abs=2)
    samples = np.concatenate(list(heard(packets).values())[10:-2])
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_a_gap_becomes_silence_of_the_same_length():
    encoder = VoiceEncoder()
    packets = play(encoder, 16_000, 320, 25)
    packets += play(encoder, 16_000, 320, 25, start=35)  # 200 ms are missing
    assert np.all(np.diff([packet.pts for packet in packets]) == PACKET_SAMPLES)
    quiet = [t / RATE for t, samples in heard(packets).items() if np.abs(samples).max() < 0.05]
    assert 0.15 <= len(quiet) * 0.02 <= 0.2
    assert min(quiet) >= 0.49
    assert max(quiet) <= 0.70


def test_chunk_times_may_wander_with_the_device_without_a_break():
    encoder = VoiceEncoder()
    packets = []
    for n in range(50):
        t_ns = samples_to_ns(n * 320, 16_000) + (n % 3) * 2 * MS_NS
        packets += encoder.encode(tone(t_ns, 320, 16_000))
    assert len(packets) in (49, 50)


def test_sound_that_was_sent_already_is_not_sent_again():
    encoder = VoiceEncoder()
    packets = play(encoder, 16_000, 320, 25)
    assert len(play(encoder, 16_000, 320, 10, start=5)) == 0
    packets += play(encoder, 16_000, 320, 10, start=25)
    assert np.all(np.diff([packet.pts for packet in packets]) == PACKET_SAMPLES)


def test_without_sound_silence_follows_the_picture():
    encoder = VoiceEncoder()
    packets = [p for n in range(60) for p in encoder.follow(n * SECOND_NS // 30)]
    assert np.all(np.diff([packet.pts for packet in packets]) == PACKET_SAMPLES)
    assert packets[-1].pts > (2 * SECOND_NS - 100 * MS_NS) * RATE // SECOND_NS
    assert max(np.abs(samples).max() for samples in heard(packets).values()) < 0.01


def test_sound_that_is_a_little_late_is_waited_for():
    encoder = VoiceEncoder()
    play(encoder, 16_000, 320, 10)
    assert encoder.follow(200 * MS_NS + PATIENCE_NS - 10 * MS_NS) == []
    assert encoder.follow(200 * MS_NS + PATIENCE_NS + 10 * MS_NS) != []


def test_after_a_pause_without_viewers_the_stream_starts_anew():
    encoder = VoiceEncoder()
    play(encoder, 16_000, 320, 10)
    packets = play(encoder, 16_000, 320, 10, start=5000)
    assert len(packets) in (9, 10)
    assert packets[0].pts == pytest.approx(100 * RATE, abs=PACKET_SAMPLES)
