"""Plays a recording over and over: the bundled demo, where there is no microphone."""

from collections.abc import AsyncIterator

from vcam.audio.source import AudioSource
from vcam.clock import Clock
from vcam.media import SECOND_NS, AudioChunk

PAUSE_NS = 2 * SECOND_NS


class Looped:
    """Reads `recording` once, as fast as it comes, and plays it paced by `clock` until closed."""

    live = False
    overflows = 0

    def __init__(self, recording: AudioSource, clock: Clock) -> None:
        self._recording = recording
        self._clock = clock

    async def open(self) -> None:
        """Open the recording; raises what it raises."""
        await self._recording.open()

    async def chunks(self) -> AsyncIterator[AudioChunk]:
        """Yield the recording again and again, a pause in between, each chunk when it ends."""
        script = [chunk async for chunk in self._recording.chunks()]
        period_ns = script[-1].end_ns + PAUSE_NS
        start_ns = 0
        while True:
            for chunk in script:
                moved = AudioChunk(start_ns + chunk.t_ns, chunk.samples, chunk.sample_rate)
                await self._clock.sleep_until(moved.end_ns)
                yield moved
            start_ns += period_ns

    async def close(self) -> None:
        """Release the recording."""
        await self._recording.close()
