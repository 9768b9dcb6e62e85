"""Whole sound files in and out: 16 kHz mono float samples, FLAC on disk."""

from pathlib import Path

import numpy as np

from vcam.errors import AudioError
from vcam.media import Samples

SOUND_RATE = 16_000


def read_sound(path: Path) -> Samples:
    """Return the sound (N,) of any file that FFmpeg reads. Raises AudioError when it cannot."""
    import av

    resampler = av.AudioResampler(format="flt", layout="mono", rate=SOUND_RATE)
    try:
        with av.open(str(path)) as container:
            frames = [
                out for frame in container.decode(audio=0) for out in resampler.resample(frame)
            ]
            frames += resampler.resample(None)
    except (OSError, av.FFmpegError, IndexError):
        frames = []
    if not frames:
        raise AudioError(f"{path} is missing or no sound file that can be read.")
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def quantise(samples: Samples) -> Samples:
    """Return sound (N,) in [-1, 1] as 16 bits can hold it: what `write_flac` writes to the bit."""
    return np.asarray(np.round(np.clip(samples, -1.0, 1.0) * 32767) / 32768, np.float32)


def write_flac(path: Path, samples: Samples) -> None:
    """Write sound (N,) as 16-bit FLAC; equal samples give equal bytes.

    What came from `quantise` or `read_sound` is read back as it was, to the last bit.
    """
    import av

    pcm = np.clip(np.round(samples * 32768), -32768, 32767).astype(np.int16)
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=SOUND_RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate = SOUND_RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
