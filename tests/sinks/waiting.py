"""Waiting for what sockets and browsers do in their own time."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait until `condition()` is true.

    Raises:
        TimeoutError: it was not, in time.
    """
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110, there is nobody who could set an event
            await asyncio.sleep(0.005)
