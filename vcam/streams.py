"""Sound streams that outlast a search for new devices.

PortAudio lists devices only when it starts, and when it starts anew every stream of the process
ends. Whoever searches does so within `paused`; whoever plays meanwhile is `keep`t.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Lasting(Protocol):
    """A stream that can end and begin again, called from any thread."""

    def pause(self) -> None:
        """End the stream."""
        ...

    def resume(self) -> None:
        """Begin it anew; that its device is gone is no exception here."""
        ...


_kept: list[Lasting] = []
_guard = threading.Lock()


def keep(stream: Lasting) -> None:
    """Let `stream` outlast searches from now on."""
    with _guard:
        _kept.append(stream)


def forget(stream: Lasting) -> None:
    """Leave it alone from now on; waits for a search to end. Harmless when called twice."""
    with _guard:
        if stream in _kept:
            _kept.remove(stream)


@contextmanager
def paused() -> Iterator[None]:
    """Search for devices in here."""
    with _guard:
        for stream in _kept:
            stream.pause()
        try:
            yield
        finally:
            for stream in _kept:
                stream.resume()
