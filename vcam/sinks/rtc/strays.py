"""What aiortc and aioice say that nobody should read.

Errors in tasks of their own, where nobody can catch them: they follow from what strangers send and
are handled already (the peer never connects and is closed in time), but asyncio would print each
with a traceback. And log lines below a warning: they hold session descriptions, with passwords.
"""

import asyncio
import logging
from pathlib import Path
from typing import Any

_LOG = logging.getLogger(__name__)
_LIBRARIES = {"aiortc", "aioice", "pyee"}

Context = dict[str, Any]


def _is_library(task: object) -> bool:
    """Whether `task` runs a coroutine that was written in one of the libraries."""
    if not isinstance(task, asyncio.Task):
        return False
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and not _LIBRARIES.isdisjoint(Path(code.co_filename).parts)


class Strays:
    """While open, notes the libraries' stray errors at debug level; all others go on as before."""

    def __init__(self) -> None:
        for name in _LIBRARIES:
            logging.getLogger(name).setLevel(logging.WARNING)
        self._loop = asyncio.get_running_loop()
        self._before = self._loop.get_exception_handler()
        self._loop.set_exception_handler(self._handle)

    def close(self) -> None:
        """Give the loop its handler back, unless somebody has set another since."""
        if self._loop.get_exception_handler() == self._handle:
            self._loop.set_exception_handler(self._before)

    def _handle(self, loop: asyncio.AbstractEventLoop, context: Context) -> None:
        if _is_library(context.get("task") or context.get("future")):
            _LOG.debug("stray %s", type(context.get("exception")).__name__)
        elif self._before is not None:
            self._before(loop, context)
        else:
            loop.default_exception_handler(context)
