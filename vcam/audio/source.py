"""The role of a sound source. Sources stamp sound with media time; nobody else does."""

from collections.abc import AsyncIterator
from typing import Protocol

from vcam.media import AudioChunk


class AudioSource(Protocol):
    """A microphone, a file or a stream of PCM."""

    @property
    def live(self) -> bool:
        """Whether sound arrives in its own time (a device), so that it cannot be hurried."""
        ...

    @property
    def overflows(self) -> int:
        """How often sound was lost because nobody took it in time. Each one is also a gap."""
        ...

    async def open(self) -> None:
        """Open the device or file.

        Raises:
            AudioError: the file or stream cannot be used.
            MicrophoneError: there is no such device, or no PortAudio.
        """
        ...

    def chunks(self) -> AsyncIterator[AudioChunk]:
        """Yield mono chunks in order of time until the source ends.

        A paced source yields a chunk when its last sample has been captured, never before. All
        chunks of a source have one sample rate.
        """
        ...

    async def close(self) -> None:
        """Release everything; safe to call twice, and before `open`."""
        ...
