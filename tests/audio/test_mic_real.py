"""The microphone for real: PortAudio records what PulseAudio plays into a null sink."""

import asyncio
import itertools
import os
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.audio.noises import speech_at_level
from tests.audio.pulse import MICROPHONE, Pulse, missing_tool
from tests.audio.speech import DEMO, RATE, load
from vcam.audio.devices import list_microphones, rescan
from vcam.audio.ears import Ears
from vcam.audio.mic import Microphone
from vcam.audio.resample import Resampler
from vcam.audio.timeline import is_gap
from vcam.clock import MediaClock
from vcam.errors import MicrophoneError
from vcam.media import MS_NS, SECOND_NS, AudioChunk, Samples
from vcam.profile import GateSettings

pytestmark = pytest.mark.mic

LONG_S = float(os.environ.get("VCAM_MIC_SECONDS", "5"))
"""How long the test for overflows listens; the acceptance run takes 60."""


@pytest.fixture
def pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    if tool := missing_tool():
        pytest.skip(f"{tool} is not installed")
    server = Pulse(tmp_path)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    server.start()
    try:
        rescan()
        if MICROPHONE not in {one.name for one in list_microphones()}:
            pytest.skip("PortAudio does not see PulseAudio (libasound2-plugins is missing?)")
        yield server
    except MicrophoneError as problem:
        pytest.skip(str(problem))
    finally:
        server.stop()


_SENTENCES_S = ((1.15, 2.75), (2.85, 5.65), (5.8, 8.4))
"""Parts of the demo speech that have no pause of more than 130 ms."""


def _script() -> tuple[Samples, list[tuple[int, int]]]:
    """Three pieces of speech between silences, and (on, off) of each in nanoseconds."""
    speech = speech_at_level(load(DEMO), -20)
    silence = np.zeros(RATE, np.float32)
    parts, known = [silence], []
    for start, stop in _SENTENCES_S:
        piece = _trimmed(speech[int(start * RATE) : int(stop * RATE)])
        before = sum(len(part) for part in parts)
        known.append((before * SECOND_NS // RATE, (before + len(piece)) * SECOND_NS // RATE))
        parts += [piece, silence]
    return np.concatenate(parts), known


def _trimmed(piece: Samples) -> Samples:
    """Cut away what comes before the first, and after the last, 10 ms within 15 dB of speech."""
    power = np.square(piece[: len(piece) // 160 * 160].reshape(-1, 160)).mean(axis=1)
    clear = np.flatnonzero(10 * np.log10(power + 1e-12) > -20 - 15)
    return piece[clear[0] * 160 : (clear[-1] + 1) * 160]


def _save(sound: Samples, path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((sound * 32_767).astype("<i2").tobytes())
    return path


async def _record(microphone: Microphone, seconds: float) -> list[AudioChunk]:
    """Take chunks until one ends `seconds` after the first one's start."""
    taken: list[AudioChunk] = []
    async for chunk in microphone.chunks():
        taken.append(chunk)
        if chunk.end_ns - taken[0].t_ns >= seconds * SECOND_NS:
            break
    return taken


def _place_of(played: Samples, taken: list[AudioChunk]) -> tuple[int, float]:
    """Return when `played` began, by cross-correlation, and how alike the two are, 0 .. 1."""
    resampler = Resampler(RATE)
    heard = np.concatenate([part.samples for chunk in taken for part in resampler.push(chunk)])
    size = 1 << (len(heard) + len(played)).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(played, size))
    start = int(np.argmax(np.fft.irfft(product)[: len(heard)]))
    found = heard[start : start + len(played)]
    likeness = float(np.corrcoef(found, played[: len(found)])[0, 1])
    return taken[0].t_ns + start * SECOND_NS // RATE, likeness


async def test_the_gate_opens_and_shuts_within_60_ms_of_the_known_times(
    pulse: Pulse, tmp_path: Path
) -> None:
    played, known = await asyncio.to_thread(_script)
    clock = MediaClock()
    microphone = Microphone(clock, MICROPHONE, 20, report=pytest.fail)
    await microphone.open()
    recording = asyncio.create_task(_record(microphone, len(played) / RATE + 1.5))
    await asyncio.sleep(0.5)  # the first block may come late
    player = pulse.play(_save(played, tmp_path / "played.wav"))
    taken = await recording
    await microphone.close()
    await asyncio.to_thread(player.wait, 10)

    start_ns, likeness = _place_of(played, taken)
    assert likeness > 0.95
    settings = GateSettings()
    ears = Ears(None, settings)
    answers = []
    for chunk in taken:
        ears.hear(chunk)
        answers += _ask(ears, chunk)
    edges = [t_ns for (_, before), (t_ns, now) in itertools.pairwise(answers) if before != now]
    hangover_ns = settings.hangover_ms * MS_NS
    expected = [start_ns + t for on, off in known for t in (on, off + hangover_ns)]
    errors_ms = [(edge - want) / MS_NS for edge, want in zip(edges, expected, strict=True)]
    assert max(abs(error) for error in errors_ms) <= 60, errors_ms
    assert microphone.overflows == 0


def _ask(ears: Ears, chunk: AudioChunk) -> list[tuple[int, bool]]:
    """Return what pictures with 80 ms of look-ahead are told when `chunk` has been heard."""
    times = range(chunk.t_ns - 80 * MS_NS, chunk.end_ns - 80 * MS_NS, 10 * MS_NS)
    return [(t_ns, ears.at(t_ns).voiced) for t_ns in times]


async def test_nothing_is_lost_while_somebody_speaks(pulse: Pulse, tmp_path: Path) -> None:
    clock = MediaClock()
    microphone = Microphone(clock, MICROPHONE, 20, report=pytest.fail)
    await microphone.open()
    speech = await asyncio.to_thread(load, DEMO)
    player = pulse.play(_save(np.tile(speech, 5), tmp_path / "played.wav"))
    taken = await _record(microphone, LONG_S)
    late_ns = clock.now_ns() - taken[-1].end_ns
    await microphone.close()
    player.kill()
    await asyncio.to_thread(player.wait, 10)
    assert microphone.overflows == 0
    assert all(not is_gap(before.end_ns, after) for before, after in itertools.pairwise(taken))
    assert -5 * MS_NS <= late_ns <= 100 * MS_NS  # the count has not left the clock
    assert {chunk.sample_rate for chunk in taken} == {48_000}


async def test_a_lost_device_is_silent_and_comes_back(pulse: Pulse) -> None:
    told: list[str] = []
    taken: list[AudioChunk] = []
    microphone = Microphone(MediaClock(), MICROPHONE, 20, report=told.append)
    await microphone.open()

    async def collect() -> None:
        async for chunk in microphone.chunks():
            taken.append(chunk)

    collecting = asyncio.create_task(collect())
    await _until(lambda: len(taken) >= 20)
    pulse.stop()
    await _until(lambda: len(told) == 1)
    await asyncio.to_thread(pulse.start)
    await _until(lambda: len(told) == 2)
    await asyncio.sleep(0.5)
    await microphone.close()
    await asyncio.wait_for(collecting, 5)
    gaps = [
        after.t_ns - before.end_ns
        for before, after in itertools.pairwise(taken)
        if is_gap(before.end_ns, after)
    ]
    assert len(gaps) == 1
    assert gaps[0] > SECOND_NS
    assert {chunk.sample_rate for chunk in taken} == {48_000}
    assert told == [
        f"The microphone {MICROPHONE} is gone: the picture goes on in silence, "
        "and vcam keeps looking for it.",
        f"The microphone {MICROPHONE} is back.",
    ]


async def test_a_closed_microphone_ends_its_iterator_and_can_be_closed_again(pulse: Pulse) -> None:
    microphone = Microphone(MediaClock(), None, 10, report=pytest.fail)
    await microphone.close()
    microphone = Microphone(MediaClock(), None, 10, report=pytest.fail)
    await microphone.open()
    chunks = microphone.chunks()
    assert len((await anext(chunks)).samples) == 480
    await microphone.close()
    await microphone.close()
    left = [chunk async for chunk in chunks]  # what had been captured before
    assert len(left) < 50


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  (the condition is nobody's event)
            await asyncio.sleep(0.05)
