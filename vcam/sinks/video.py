"""A recording with sound: `--to file:out.mp4`.

The file grows under the name `out.part.mp4` (or part2, ... where a part was left behind) and takes
its own name, replacing an older recording, only when it is finished: a run that fails early
destroys nothing, and a run that is killed leaves a part that plays.
"""

import itertools
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import av

from vcam.errors import OutputError
from vcam.media import SECOND_NS, AudioChunk, Frame, Image, frame_due_ns
from vcam.paths import is_file, is_folder
from vcam.sinks.base import Show
from vcam.sinks.mp4 import AUDIO_RATE, Mp4Writer
from vcam.sinks.soundtrack import SoundTrack
from vcam.sinks.worker import NewestWorker

SUFFIXES = (".mp4", ".mov")

# Sound that is later than its picture by more is not coming: the track goes on, silent.
_PATIENCE_SAMPLES = AUDIO_RATE


@dataclass(frozen=True)
class _Picture:
    slot: int
    image: Image


class VideoFile:
    """Records frames and sound; a slot that the encoder was too late for repeats the newest frame.

    The first frame is at 0 in the file. The sound track is as long as the picture, and silent
    where there was no sound.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path
        self._worker = NewestWorker(self._record, "vcam-file")
        self._heard: deque[AudioChunk] = deque()
        self._writer: Mp4Writer | None = None
        self._track: SoundTrack | None = None
        self._failed = False
        self._first_slot = 0
        self._fps = 0
        self._paced = True

    @property
    def name(self) -> str:
        """What the user typed after `--to`."""
        return f"file:{self._path}"

    async def open(self, show: Show) -> None:
        """Begin the file.

        Raises:
            OutputError: the suffix is none of ours, or the place cannot be written.
        """
        self._fps, self._paced = show.fps, show.paced
        check_recordable(self._path)
        with self._writing():
            self._part = _new_part(self._path)
            self._writer = Mp4Writer(self._part, show.size, show.fps)

    async def show(self, frame: Frame) -> None:
        """Record `frame` in the slot of its time.

        Raises:
            OutputError: the file cannot be written any more.
        """
        slot = (frame.t_ns * self._fps + SECOND_NS // 2) // SECOND_NS
        picture = _Picture(slot, frame.image)
        if self._paced:
            self._worker.offer(picture)
        else:
            await self._worker.give(picture)

    async def hear(self, chunk: AudioChunk) -> None:
        """Record sound; what comes before the first frame waits for it."""
        self._heard.append(chunk)

    async def close(self) -> None:
        """Finish the file under its own name; without a single frame there is no file.

        Raises:
            OutputError: the end of the file cannot be written.
        """
        try:
            if self._writer is not None:
                await self._worker.run(self._finish)
        finally:
            self._worker.stop()

    def _record(self, picture: _Picture) -> None:
        """Write the frames up to `picture.slot`, and the sound that belongs to them."""
        with self._writing():
            assert self._writer is not None
            if self._track is None:
                self._first_slot = picture.slot
                self._track = SoundTrack(frame_due_ns(picture.slot, self._fps), AUDIO_RATE)
            while self._writer.frames <= picture.slot - self._first_slot:
                self._writer.write_picture(picture.image)
            end = self._writer.frames * AUDIO_RATE // self._fps
            self._write_sound(self._writer, self._track, end, end - _PATIENCE_SAMPLES)

    def _write_sound(self, writer: Mp4Writer, track: SoundTrack, end: int, silent: int) -> None:
        """Write the sound that is there up to sample `end`; up to `silent`, without waiting."""
        while self._heard:
            track.add(self._heard.popleft())
        track.pad(silent)
        writer.write_sound(track.take(end))

    def _finish(self) -> None:
        writer, self._writer = self._writer, None
        if writer is None:
            return
        if self._failed:
            writer.abandon()
            return
        with self._writing():
            if self._track is not None:
                end = writer.frames * AUDIO_RATE // self._fps
                self._write_sound(writer, self._track, end, end)
            writer.close()
            if writer.frames:
                self._part.replace(self._path)
            else:
                self._part.unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (av.FFmpegError, OSError) as error:
            self._failed = True
            kept = f" What was recorded is in {self._part}." if self._track is not None else ""
            raise OutputError(
                f"{self.name} cannot be written: {error.strerror}.{kept}"
                " Check the disk and the folder's permissions, or choose another path."
            ) from error


def _new_part(path: Path) -> Path:
    """Create, and return, the file that grows until it becomes `path`."""
    for number in itertools.count(1):
        part = path.with_name(f"{path.stem}.part{number if number > 1 else ''}{path.suffix}")
        with suppress(FileExistsError):
            part.open("xb").close()
            break
    return part


def check_recordable(path: Path) -> None:
    """Refuse a path that no recording can be written to, before anything is rendered.

    Raises:
        OutputError: the suffix is none of ours, the folder is missing or closed to us, or the path
            is a folder.
    """
    if is_folder(path):
        raise OutputError(f"file:{path} is a folder; name a file in it: file:{path / 'out.mp4'}")
    if path.suffix.lower() not in SUFFIXES:
        found = f"suffix '{path.suffix}'" if path.suffix else "no suffix"
        raise OutputError(
            f"file:{path} has {found}; a recording is {' or '.join(SUFFIXES)}:"
            f" file:{path.with_suffix(SUFFIXES[0])}"
        )
    if not is_folder(path.parent):
        raise OutputError(f"file:{path} cannot be written: there is no folder {path.parent}")
    if is_file(path) and not os.access(path, os.W_OK):
        raise OutputError(f"file:{path} is write-protected; choose another path")
