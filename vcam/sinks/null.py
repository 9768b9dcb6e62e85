"""The sink that throws frames away: what a run costs without any output."""

from vcam.media import Frame
from vcam.sinks.base import Show


class NullSink:
    """Takes every frame and keeps none."""

    name = "null"

    async def open(self, show: Show) -> None:
        """Nothing to open."""

    async def show(self, frame: Frame) -> None:
        """Forget the frame."""

    async def close(self) -> None:
        """Nothing to close."""
