"""The delayed microphone into a real null sink: what an app would record from its monitor."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.audio.pulse import SINK, Pulse, missing_tool
from vcam.media import Samples

pytestmark = [
    pytest.mark.mic,
    pytest.mark.skipif(missing_tool() is not None, reason=f"{missing_tool()} is not installed"),
]
ROOT = Path(__file__).parents[2]
RATE = 48_000

# Plays two seconds that rise in pitch, in pieces of 20 ms at their times, as the pipeline does.
# With a third word PortAudio searches for new devices after half a second.
SCRIPT = """
import asyncio, sys
import numpy as np
from vcam.audio.devices import rescan
from vcam.clock import MediaClock
from vcam.media import AudioChunk
from vcam.sinks.base import Show
from vcam.sinks.micout import MicOut
from vcam.stats import Snapshot

async def play() -> None:
    voice = np.load(sys.argv[2])
    sink = MicOut(sys.argv[1])
    await sink.open(Show((720, 1280), 30, True, "announcer1", Snapshot))
    clock = MediaClock()
    for n in range(len(voice) // 320):
        chunk = AudioChunk(n * 20_000_000, voice[n * 320 : (n + 1) * 320], 16_000)
        await clock.sleep_until(chunk.end_ns)
        await sink.hear(chunk)
        if n == 25 and len(sys.argv) > 3:
            await asyncio.to_thread(rescan)
    await clock.sleep_until(clock.now_ns() + 500_000_000)
    underruns = sink.underruns
    await sink.close()
    print(underruns)

asyncio.run(play())
"""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a private PulseAudio, with ALSA's own plugin as PortAudio finds it."""
    pulse = Pulse(tmp_path)
    pulse.start()
    ours = {key: value for key, value in pulse.environment.items() if key != "ALSA_CONFIG_PATH"}
    yield {**os.environ, **ours}
    pulse.stop()


def test_what_is_played_is_what_the_other_end_records(
    environment: dict[str, str], tmp_path: Path
) -> None:
    likenesses, said = _heard(environment, tmp_path)
    # A loaded machine tears a device's stream now and then; what is between is exact.
    assert np.quantile(likenesses, 0.2) > 0.99, f"{likenesses}, underruns: {said}"


def test_it_plays_on_after_a_search_for_devices(
    environment: dict[str, str], tmp_path: Path
) -> None:
    likenesses, said = _heard(environment, tmp_path, "search")
    assert max(likenesses[-5:]) > 0.99, f"{likenesses}, underruns: {said}"


def _heard(environment: dict[str, str], tmp_path: Path, *words: str) -> tuple[list[float], str]:
    """Play and record; return how like each tenth of a second is, and what the player said."""
    t = np.arange(2 * 16_000) / 16_000
    voice = (0.4 * np.sin(2 * np.pi * (200 + 400 * t) * t)).astype(np.float32)
    np.save(tmp_path / "voice.npy", voice)
    record = ["parec", f"--device={SINK}.monitor", "--format=float32le", "--channels=1"]
    with (tmp_path / "heard.raw").open("wb") as out:
        recorder = subprocess.Popen([*record, f"--rate={RATE}"], env=environment, stdout=out)
        command = [sys.executable, "-c", SCRIPT, SINK, str(tmp_path / "voice.npy"), *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        recorder.terminate()
        recorder.wait(10)
    assert done.returncode == 0, done.stderr
    heard = np.fromfile(tmp_path / "heard.raw", np.float32)
    played = np.interp(np.arange(2 * RATE) / RATE, t, voice).astype(np.float32)
    pieces = np.split(played[: 19 * RATE // 10], 19)
    return [likeness(heard, piece) for piece in pieces], done.stdout


def likeness(heard: Samples, piece: Samples) -> float:
    """Return the correlation of `piece` with the part of `heard` that is most like it."""
    size = len(heard) + len(piece)
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(piece, size))
    start = int(np.argmax(np.fft.irfft(product, size)[: len(heard) - len(piece)]))
    return float(np.corrcoef(heard[start : start + len(piece)], piece)[0, 1])
