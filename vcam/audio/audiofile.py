"""A sound file as a microphone: any format that FFmpeg decodes, paced or as fast as possible."""

import difflib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vcam.audio.mono import LEAST_RATE, to_mono
from vcam.clock import Clock
from vcam.errors import AudioError
from vcam.media import AudioChunk, Samples, samples_to_ns
from vcam.paths import is_folder

if TYPE_CHECKING:
    from av.container import InputContainer

BLOCK_MS = 20


class AudioFile:
    """Mono sound of a file at the file's own rate, in blocks of 20 ms.

    The file begins at time 0, so a recording of the call has it where it was. With a clock it plays
    in real time; without one it comes as fast as it is taken.
    """

    live = False
    overflows = 0

    def __init__(self, path: Path, clock: Clock | None) -> None:
        self._path, self._clock = path, clock
        self._container: InputContainer | None = None
        self._blocks: Iterator[Samples] = iter(())
        self._sample_rate = 0

    async def open(self) -> None:
        """Open the file and decode its first block.

        Raises:
            AudioError: missing, unreadable, empty, not sound, or without a sound track.
        """
        check_readable(self._path)
        try:
            self._open()
        except AudioError:
            await self.close()
            raise

    async def chunks(self) -> AsyncIterator[AudioChunk]:
        """Yield the file from its beginning to its end, once.

        Raises:
            AudioError: the file is damaged further on.
        """
        count = 0
        for samples in self._blocks:
            chunk = AudioChunk(samples_to_ns(count, self._sample_rate), samples, self._sample_rate)
            count += len(samples)
            if self._clock:
                await self._clock.sleep_until(chunk.end_ns)
            yield chunk

    async def close(self) -> None:
        """Close the file."""
        container, self._container = self._container, None
        self._blocks = iter(())
        if container is not None:
            container.close()

    def _open(self) -> None:
        import av

        try:
            self._container = av.open(str(self._path))
        except av.FFmpegError as error:
            raise AudioError(
                f"{self._path} is no sound file that can be read ({error.strerror}): give a WAV, "
                "FLAC, MP3, Ogg, M4A or another file with sound."
            ) from error
        if not self._container.streams.audio:
            raise AudioError(f"{self._path} has no sound track: give a file with sound.")
        self._sample_rate = self._container.streams.audio[0].sample_rate
        if self._sample_rate < LEAST_RATE:
            raise AudioError(
                f"{self._path} has {self._sample_rate} samples a second, too few for a voice: "
                f"give a file of at least {LEAST_RATE}, best of 16000 or more."
            )
        decoded = self._decode(self._container)
        first = next(decoded, None)
        if first is None:
            raise AudioError(f"{self._path} holds no sound: give a file that is not empty.")
        self._blocks = _in_blocks(first, decoded, self._sample_rate * BLOCK_MS // 1000)

    def _decode(self, container: "InputContainer") -> Iterator[Samples]:
        """Yield the sound track as mono float32, in pieces as FFmpeg decodes them."""
        import av
        from av.audio.resampler import AudioResampler

        # Channels are averaged here: swresample's own mix of floats may exceed full scale.
        # Interleaved: of eight channels and more PyAV 18 reads planes that are not there.
        to_float = AudioResampler(format="flt", rate=self._sample_rate)
        try:
            for frame in container.decode(audio=0):
                for part in to_float.resample(frame):
                    yield to_mono(part.to_ndarray().reshape(-1, part.layout.nb_channels))
        except av.FFmpegError as error:
            raise AudioError(
                f"The sound track of {self._path} is damaged ({error.strerror}): "
                "convert it anew, or give another file."
            ) from error


def _in_blocks(first: Samples, rest: Iterator[Samples], size: int) -> Iterator[Samples]:
    """Cut pieces of any length into blocks of `size`; the last one may be shorter."""
    held = first
    for piece in rest:
        whole = len(held) // size * size
        yield from held[:whole].reshape(-1, size)
        held = np.concatenate([held[whole:], piece])
    yield from (held[start : start + size] for start in range(0, len(held), size))


def check_readable(path: Path) -> None:
    """Raise AudioError with the reason if `path` cannot be read, or is empty."""
    if is_folder(path):
        raise AudioError(f"{path} is a folder: give a sound file.")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        near = difflib.get_close_matches(path.name, _neighbours(path), 1)
        hint = f"did you mean {path.with_name(near[0])}?" if near else "check the path."
        raise AudioError(f"There is no sound file {path}: {hint}") from error
    except OSError as error:
        raise AudioError(
            f"{path} cannot be read ({error.strerror}): check who may read it."
        ) from error
    if empty:
        raise AudioError(f"{path} is empty: give a file with sound.")


def _neighbours(path: Path) -> list[str]:
    """Return the names in the folder of `path`, or none where that cannot be read."""
    try:
        return [other.name for other in path.parent.iterdir()]
    except OSError:
        return []
