"""Speech to test with: recorded speech where it is, the bundled demo everywhere."""

import asyncio
from pathlib import Path

import numpy as np

from vcam.audio.audiofile import AudioFile
from vcam.audio.resample import Resampler
from vcam.media import Samples

RATE = 16_000
ROOT = Path(__file__).parents[2]
RECORDED = ROOT.parent / "shared" / "data" / "speech"
DEMO = ROOT / "vcam" / "audio" / "demo.ogg"


def load(path: Path) -> Samples:
    """Return a sound file as 16 kHz mono."""

    async def read() -> list[Samples]:
        source, resampler = AudioFile(path, None), Resampler(RATE)
        await source.open()
        parts = [part.samples async for chunk in source.chunks() for part in resampler.push(chunk)]
        await source.close()
        return parts + [part.samples for part in resampler.flush()]

    return np.concatenate(asyncio.run(read()))


def files() -> list[Path]:
    """Return the demo, and some recorded speakers where the recordings are."""
    recorded = (
        sorted(RECORDED.glob("libri_test_other/*"))[::5] + sorted(RECORDED.glob("lj/*"))[::20]
    )
    return [DEMO, *recorded]
