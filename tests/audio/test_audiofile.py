import asyncio
import os
import subprocess
import sys
import wave
from pathlib import Path

import cv2
import numpy as np
import pytest

from vcam.audio.audiofile import AudioFile
from vcam.clock import ManualClock
from vcam.errors import AudioError
from vcam.media import MS_NS, SECOND_NS, AudioChunk, Samples

DEMO = Path(__file__).parents[2] / "vcam" / "audio" / "demo.ogg"


def _tone(sample_rate: int, seconds: float) -> Samples:
    place = np.arange(int(seconds * sample_rate)) / sample_rate
    return (0.5 * np.sin(2 * np.pi * 300 * place)).astype(np.float32)


def _wav(path: Path, channels: list[Samples], sample_rate: int) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((len(channels), 2, sample_rate, 0, "NONE", ""))
        file.writeframes((np.stack(channels, axis=1) * 32_767).astype("<i2").tobytes())
    return path


async def _read(path: Path) -> list[AudioChunk]:
    source = AudioFile(path, None)
    await source.open()
    chunks = [chunk async for chunk in source.chunks()]
    await source.close()
    return chunks


async def _complaint(path: Path) -> str:
    source = AudioFile(path, None)
    with pytest.raises(AudioError) as caught:
        await source.open()
    await source.close()
    return str(caught.value)


async def test_a_file_comes_whole_in_blocks_of_20_ms_at_its_own_rate(tmp_path: Path) -> None:
    sound = _tone(44_100, 0.51)
    chunks = await _read(_wav(tmp_path / "a.wav", [sound], 44_100))
    assert {chunk.sample_rate for chunk in chunks} == {44_100}
    assert [len(chunk.samples) for chunk in chunks] == [882] * 25 + [441]
    assert np.abs(np.concatenate([chunk.samples for chunk in chunks]) - sound).max() < 1e-4
    assert [chunk.t_ns for chunk in chunks[:3]] == [0, 20 * MS_NS, 40 * MS_NS]


@pytest.mark.parametrize("count", [1, 2, 6, 8, 10])
async def test_any_number_of_channels_is_mixed_down(tmp_path: Path, count: int) -> None:
    channels = [np.full(1_600, 0.5 if place % 2 else 0.25, np.float32) for place in range(count)]
    chunks = await _read(_wav(tmp_path / "many.wav", channels, 16_000))
    wanted = 0.25 if count == 1 else 0.375
    assert np.abs(np.concatenate([chunk.samples for chunk in chunks]) - wanted).max() < 1e-4


async def test_channels_are_mixed_down(tmp_path: Path) -> None:
    sound = _tone(16_000, 0.1)
    path = _wav(tmp_path / "a.wav", [sound, np.zeros_like(sound)], 16_000)
    mixed = np.concatenate([chunk.samples for chunk in await _read(path)])
    assert np.abs(mixed - sound / 2).max() < 1e-3


async def test_the_bundled_demo_is_10_to_20_seconds_of_speech() -> None:
    chunks = await _read(DEMO)
    assert 10 * SECOND_NS < chunks[-1].end_ns < 20 * SECOND_NS
    assert max(float(np.abs(chunk.samples).max()) for chunk in chunks) > 0.2
    assert DEMO.stat().st_size <= 200_000


async def test_a_paced_file_yields_a_block_when_it_ends_and_never_before(tmp_path: Path) -> None:
    clock = ManualClock()
    source = AudioFile(_wav(tmp_path / "a.wav", [_tone(16_000, 0.06)], 16_000), clock)
    await source.open()
    came: list[tuple[int, int]] = []

    async def listen() -> None:
        async for chunk in source.chunks():
            came.append((clock.now_ns(), chunk.end_ns))

    listening = asyncio.create_task(listen())
    await clock.wind_to(50 * MS_NS)
    assert came == [(t * MS_NS,) * 2 for t in (20, 40)]
    await clock.wind_to(SECOND_NS)
    await listening
    assert len(came) == 3


async def test_closing_twice_and_before_opening_is_safe() -> None:
    source = AudioFile(DEMO, None)
    await source.close()
    await source.open()
    await source.close()
    await source.close()


async def test_a_missing_file_names_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "speech.wav").touch()
    path = tmp_path / "speach.wav"
    expected = f"There is no sound file {path}: did you mean {tmp_path / 'speech.wav'}?"
    assert await _complaint(path) == expected
    path = tmp_path / "nowhere" / "x.wav"
    assert await _complaint(path) == f"There is no sound file {path}: check the path."


async def test_a_folder_is_no_sound_file(tmp_path: Path) -> None:
    assert await _complaint(tmp_path) == f"{tmp_path} is a folder: give a sound file."


async def test_an_empty_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.touch()
    assert await _complaint(path) == f"{path} is empty: give a file with sound."


async def test_a_sound_file_without_sound_says_so(tmp_path: Path) -> None:
    path = _wav(tmp_path / "none.wav", [np.empty(0, np.float32)], 16_000)
    assert await _complaint(path) == f"{path} holds no sound: give a file that is not empty."


async def test_text_is_no_sound_file(tmp_path: Path) -> None:
    path = tmp_path / "notes.wav"
    path.write_text("This is no sound, although its name says so.\n" * 20)
    expected = (
        f"{path} is no sound file that can be read (Invalid data found when processing input): "
        "give a WAV, FLAC, MP3, Ogg, M4A or another file with sound."
    )
    assert await _complaint(path) == expected


async def test_a_picture_has_no_sound_track(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), np.zeros((8, 8, 3), np.uint8))
    assert await _complaint(path) == f"{path} has no sound track: give a file with sound."


async def test_a_file_that_may_not_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _wav(tmp_path / "a.wav", [_tone(16_000, 0.1)], 16_000)
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything
        monkeypatch.setattr(Path, "open", _refuse)
    expected = f"{path} cannot be read (Permission denied): check who may read it."
    assert await _complaint(path) == expected


def _refuse(*_: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_importing_the_module_does_not_import_av() -> None:
    probe = "import sys, vcam.audio.audiofile; print('av' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.strip() == "False"
