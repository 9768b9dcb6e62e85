"""Writes the numbers of a call: a JSON line a second, and the summary at the end."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

import psutil

from vcam.clock import Clock, cpu_ns
from vcam.errors import OutputError
from vcam.media import SECOND_NS
from vcam.stats import Process, Stats


class Ledger:
    """The `--stats` file, open for the time of a call; without a path it only sums up."""

    def __init__(
        self, path: Path | None, stats: Stats, clock: Clock, report: Callable[[str], None]
    ) -> None:
        self._report = report
        self._path = path
        self._stats = stats
        self._clock = clock
        self._file: TextIO | None = None
        self._task: asyncio.Task[None] | None = None
        self._process = psutil.Process()
        self._began_cpu_ns = 0

    async def __aenter__(self) -> Self:
        """Open the file and begin to count. Raises OutputError where it cannot be written."""
        if self._path:
            try:
                self._file = self._path.open("w", encoding="utf-8")
            except OSError as problem:
                raise OutputError(
                    f"--stats {self._path}: cannot be written ({problem.strerror}); "
                    "give a file in a folder that exists"
                ) from None
            self._task = asyncio.create_task(self._each_second())
        self._began_cpu_ns = cpu_ns()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the summary, whatever ended the call."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._write({"kind": "summary", **self.summary()})
        self._close()

    def summary(self) -> dict[str, Any]:
        """Return every number of the call so far."""
        rss_mb = round(self._process.memory_info().rss / 2**20, 1)
        return self._stats.summary(Process(cpu_ns() - self._began_cpu_ns, rss_mb))

    async def _each_second(self) -> None:
        second = 1
        while True:
            await self._clock.sleep_until(second * SECOND_NS)
            snapshot = self._stats.snapshot(self._clock.now_ns())
            self._write({"kind": "second", "t_s": second, **asdict(snapshot)})
            second += 1

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._file is None:
            return
        try:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
        except OSError as problem:  # a full disk is no reason to end a call
            self._report(f"--stats {self._path}: {problem.strerror}; going on without it.")
            self._close()

    def _close(self) -> None:
        file, self._file = self._file, None
        if file:
            with suppress(OSError):  # what could not be written is tried again, and has been said
                file.close()
