"""The recording: decoded again, what comes out is what went in, at its time."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from vcam.errors import OutputError
from vcam.media import SECOND_NS, AudioChunk, Frame, Image, Samples, frame_due_ns
from vcam.sinks.base import AudioSink, Show
from vcam.sinks.video import VideoFile
from vcam.stats import Snapshot

SIZE = (64, 96)
FPS = 30
RATE = 16_000


def show(*, paced: bool = False, size: tuple[int, int] = SIZE, fps: int = FPS) -> Show:
    return Show(size, fps, paced, "announcer1", Snapshot)


def grey(level: int, size: tuple[int, int] = SIZE) -> Image:
    return np.full((*size, 3), level, np.uint8)


def beep(seconds: float, rate: int = RATE) -> Samples:
    t = np.arange(int(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * 1000 * t)).astype(np.float32)


def pictures(path: Path) -> tuple[list[Image], list[float]]:
    with av.open(str(path)) as file:
        frames = list(file.decode(video=0))
        return [frame.to_ndarray(format="rgb24") for frame in frames], [f.time for f in frames]


def sound(path: Path) -> Samples:
    """Decode the sound at 48 kHz, its first sample at time 0 of the file."""
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
    assert frames[0].time == pytest.approx(0, abs=1e-3)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def record(
    path: Path,
    frames: Iterable[Frame],
    chunks: Iterable[AudioChunk] = (),
    told: Show | None = None,
) -> None:
    """Show every frame after the sound that starts before it."""
    asyncio.run(_record(path, frames, list(chunks), told or show()))


async def _record(
    path: Path, frames: Iterable[Frame], waiting: list[AudioChunk], told: Show
) -> None:
    sink = VideoFile(path)
    await sink.open(told)
    for frame in frames:
        while waiting and waiting[0].t_ns <= frame.t_ns:
            await sink.hear(waiting.pop(0))
        await sink.show(frame)
    for chunk in waiting:
        await sink.hear(chunk)
    await sink.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def show_noise(sink: VideoFile, count: int) -> None:
    for n in range(count):
        noise = np.random.default_rng(n).integers(0, 255, (*SIZE, 3), dtype=np.uint8)
        await sink.show(Frame(frame_due_ns(n, FPS), noise))


def still(count: int, level: int = 90) -> list[Frame]:
    return [Frame(frame_due_ns(n, FPS), grey(level)) for n in range(count)]


def test_a_recording_is_an_audio_sink(tmp_path: Path) -> None:
    assert isinstance(VideoFile(tmp_path / "out.mp4"), AudioSink)


def test_frame_n_is_shown_at_n_over_fps_exactly(tmp_path: Path) -> None:
    record(tmp_path / "out.mp4", still(45))
    images, times = pictures(tmp_path / "out.mp4")
    assert len(images) == 45
    assert times == pytest.approx([n / FPS for n in range(45)], abs=1e-6)


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.37, 3.0])
def test_sound_and_picture_are_equal_in_length_whatever_was_heard(
    tmp_path: Path, seconds: float
) -> None:
    chunks = [AudioChunk(0, beep(seconds), RATE)] if seconds else []
    record(tmp_path / "out.mp4", still(45), chunks)
    assert len(sound(tmp_path / "out.mp4")) / 48_000 == pytest.approx(1.5, abs=1 / FPS)


def onsets(samples: Samples) -> list[float]:
    """Return when the sound jumps from silence to beep, in seconds."""
    loud = np.abs(samples) > 0.1
    edges = np.flatnonzero(loud)
    starts = edges[np.r_[True, np.diff(edges) > 4800]]
    return [float(s) / 48_000 for s in starts]


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("first", [0, 17])
def test_a_flash_and_its_beep_stay_together_within_a_frame(
    tmp_path: Path, rate: int, first: int
) -> None:
    flashes = [first + n for n in (12, 40, 71)]
    frames = [
        Frame(frame_due_ns(n, FPS), grey(230 if n in flashes else 20))
        for n in range(first, first + 90)
    ]
    quiet = np.zeros(int((first + 90) / FPS * rate), np.float32)
    for n in flashes:
        start = n * rate // FPS
        quiet[start : start + rate // 20] = beep(0.05, rate)
    size = rate // 100
    chunks = [
        AudioChunk(start * SECOND_NS // rate, quiet[start : start + size], rate)
        for start in range(0, len(quiet), size)
    ]
    record(tmp_path / "out.mp4", frames, chunks)
    images, times = pictures(tmp_path / "out.mp4")
    seen = [t for image, t in zip(images, times, strict=True) if image.mean() > 128]
    heard = onsets(sound(tmp_path / "out.mp4"))
    assert len(seen) == len(heard) == 3
    assert seen == pytest.approx(heard, abs=0.005)


def test_a_gap_in_the_sound_stays_a_gap(tmp_path: Path) -> None:
    chunks = [AudioChunk(0, beep(0.3), RATE), AudioChunk(SECOND_NS, beep(0.3), RATE)]
    record(tmp_path / "out.mp4", still(60), chunks)
    assert onsets(sound(tmp_path / "out.mp4")) == pytest.approx([0, 1], abs=0.005)


def test_sound_may_begin_long_after_the_picture(tmp_path: Path) -> None:
    record(tmp_path / "out.mp4", still(120), [AudioChunk(3 * SECOND_NS, beep(0.5), RATE)])
    assert onsets(sound(tmp_path / "out.mp4")) == pytest.approx([3], abs=0.005)


def test_colours_come_back_within_a_few_levels(tmp_path: Path) -> None:
    patches = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (224, 172, 150)]
    image = np.concatenate([np.full((64, 32, 3), c, np.uint8) for c in patches], axis=1)
    size = (64, 32 * len(patches))
    record(tmp_path / "out.mp4", [Frame(0, image)], told=show(size=size))
    (decoded,), _ = pictures(tmp_path / "out.mp4")
    middles = decoded[32, 16::32].astype(int)
    assert np.abs(middles - np.array(patches)).max() <= 6


def test_the_file_says_that_it_is_bt709(tmp_path: Path) -> None:
    record(tmp_path / "out.mp4", still(3))
    with av.open(str(tmp_path / "out.mp4")) as file:
        context = file.streams.video[0].codec_context
        assert (context.colorspace, context.color_range) == (1, 1)
        assert (context.color_primaries, context.color_trc) == (1, 1)


def test_slots_that_the_encoder_missed_repeat_the_newest_frame(tmp_path: Path) -> None:
    frames = [Frame(frame_due_ns(n, FPS), grey(10 * n)) for n in (0, 1, 5, 6)]
    record(tmp_path / "out.mp4", frames)
    images, times = pictures(tmp_path / "out.mp4")
    assert times == pytest.approx([n / FPS for n in range(7)], abs=1e-6)
    levels = [image.mean() for image in images]
    assert levels == pytest.approx([0, 10, 50, 50, 50, 50, 60], abs=3)


def test_paced_frames_faster_than_the_encoder_keep_the_rate_constant(tmp_path: Path) -> None:
    record(tmp_path / "out.mp4", still(90), told=show(paced=True))
    images, times = pictures(tmp_path / "out.mp4")
    assert len(images) == 90
    assert {round(b - a, 6) for a, b in pairwise(times)} == {round(1 / FPS, 6)}


def test_fast_frames_are_all_recorded(tmp_path: Path) -> None:
    frames = [Frame(frame_due_ns(n, FPS), grey(60 + 60 * (n % 3))) for n in range(60)]
    record(tmp_path / "out.mp4", frames)
    images, _ = pictures(tmp_path / "out.mp4")
    expected = [60 + 60 * (n % 3) for n in range(60)]
    assert [image.mean() for image in images] == pytest.approx(expected, abs=4)


def test_the_same_frames_give_the_same_file(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        record(tmp_path / name, still(20), [AudioChunk(0, beep(0.5), RATE)])
    assert (
        pictures(tmp_path / "a.mp4")[0][7].tobytes() == pictures(tmp_path / "b.mp4")[0][7].tobytes()
    )
    assert np.array_equal(sound(tmp_path / "a.mp4"), sound(tmp_path / "b.mp4"))


async def test_an_older_recording_is_there_until_the_new_one_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"older")
    sink = VideoFile(path)
    await sink.open(show())
    await sink.show(still(1)[0])
    assert path.read_bytes() == b"older"
    await sink.close()
    assert len(pictures(path)[0]) == 1
    assert names(tmp_path) == ["out.mp4"]


async def test_without_a_frame_nothing_is_left_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"older")
    sink = VideoFile(path)
    await sink.open(show())
    await sink.hear(AudioChunk(0, beep(0.1), RATE))
    await sink.close()
    await sink.close()
    assert path.read_bytes() == b"older"
    assert names(tmp_path) == ["out.mp4"]


async def test_closing_before_opening_is_harmless(tmp_path: Path) -> None:
    await VideoFile(tmp_path / "out.mp4").close()
    assert names(tmp_path) == []


async def test_a_recording_that_was_cut_off_plays_up_to_there(tmp_path: Path) -> None:
    """What a killed process leaves: the part file as it is on the disk, never finished."""
    sink = VideoFile(tmp_path / "out.mp4")
    await sink.open(show())
    for frame in still(240):
        await sink.show(frame)
    cut = tmp_path / "cut.mp4"
    shutil.copy(tmp_path / "out.part.mp4", cut)
    images, _ = pictures(cut)
    assert len(images) >= 60
    await sink.close()


async def test_a_cancelled_fast_run_still_finishes_its_file(tmp_path: Path) -> None:
    sink = VideoFile(tmp_path / "out.mp4")
    await sink.open(show())

    async def forever() -> None:
        n = 0
        while True:
            await sink.show(Frame(frame_due_ns(n, FPS), grey(n % 200)))
            n += 1

    task = asyncio.create_task(forever())
    for _ in range(50):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await sink.close()
    assert pictures(tmp_path / "out.mp4")[0]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("out.avi", "has suffix '.avi'; a recording is .mp4 or .mov: file:{folder}/out.mp4"),
        ("out", "has no suffix; a recording is .mp4 or .mov"),
        ("missing/out.mp4", "cannot be written: there is no folder {folder}/missing"),
        ("", "is a folder; name a file in it: file:{folder}/out.mp4"),
    ],
)
async def test_a_wrong_path_is_refused_before_anything_is_rendered(
    tmp_path: Path, name: str, sentence: str
) -> None:
    with pytest.raises(OutputError) as caught:
        await VideoFile(tmp_path / name).open(show())
    assert sentence.format(folder=tmp_path) in str(caught.value)
    assert names(tmp_path) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc, which nobody can write")
async def test_a_folder_that_cannot_be_written_is_said_at_once() -> None:
    sink = VideoFile(Path("/proc/self/out.mp4"))
    with pytest.raises(OutputError, match=r"file:/proc/self/out\.mp4 cannot be written: No such"):
        await sink.open(show())
    await sink.close()


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Let no file grow beyond 60 kB, as on a disk that is nearly full."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_is_said_and_the_older_recording_stays(
    tmp_path: Path, small_disk: None
) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"older")
    sink = VideoFile(path)
    await sink.open(show())
    with pytest.raises(OutputError) as caught:
        await show_noise(sink, 400)
    assert str(caught.value) == (
        f"file:{path} cannot be written: File too large."
        f" What was recorded is in {tmp_path / 'out.part.mp4'}."
        " Check the disk and the folder's permissions, or choose another path."
    )
    await sink.close()
    assert path.read_bytes() == b"older"


async def test_a_part_that_was_left_behind_is_not_touched(tmp_path: Path) -> None:
    for left in ("out.part.mp4", "out.part2.mp4"):
        (tmp_path / left).write_bytes(b"of a run that was killed")
    sink = VideoFile(tmp_path / "out.mp4")
    await sink.open(show())
    await sink.show(still(1)[0])
    await sink.close()
    assert names(tmp_path) == ["out.mp4", "out.part.mp4", "out.part2.mp4"]
    assert (tmp_path / "out.part.mp4").read_bytes() == b"of a run that was killed"


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
def test_ffprobe_agrees_on_rate_and_lengths(tmp_path: Path) -> None:
    record(tmp_path / "out.mp4", still(75), [AudioChunk(0, beep(1.1), RATE)])
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json"]
    out = subprocess.run([*command, tmp_path / "out.mp4"], capture_output=True, check=True).stdout
    video, audio = json.loads(out)["streams"]
    assert (video["codec_name"], video["width"], video["height"]) == ("h264", 96, 64)
    assert (video["r_frame_rate"], video["avg_frame_rate"]) == ("30/1", "30/1")
    assert (video["nb_read_frames"], video["pix_fmt"]) == ("75", "yuv420p")
    assert audio["codec_name"] == "aac"
    assert float(video["duration"]) == pytest.approx(2.5, abs=1e-3)
    assert float(audio["duration"]) == pytest.approx(2.5, abs=1 / FPS)
