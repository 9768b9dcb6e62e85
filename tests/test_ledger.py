"""The `--stats` file."""

import json
from pathlib import Path

import pytest

from vcam.clock import ManualClock
from vcam.errors import OutputError
from vcam.ledger import Ledger
from vcam.media import SECOND_NS
from vcam.stats import Stats


async def test_a_line_a_second_and_the_summary_last(tmp_path: Path) -> None:
    clock, file = ManualClock(), tmp_path / "stats.jsonl"
    async with Ledger(file, Stats(30), clock, print):
        await clock.wind_to(3 * SECOND_NS)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["second"] * 3 + ["summary"]
    assert [line["t_s"] for line in lines[:3]] == [1, 2, 3]
    assert lines[-1]["rss_mb"] > 1


async def test_the_summary_is_written_whatever_ended_the_call(tmp_path: Path) -> None:
    file = tmp_path / "stats.jsonl"
    with pytest.raises(ZeroDivisionError):
        async with Ledger(file, Stats(30), ManualClock(), print):
            raise ZeroDivisionError
    assert json.loads(file.read_text())["kind"] == "summary"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
async def test_a_full_disk_does_not_end_the_call() -> None:
    said: list[str] = []
    clock = ManualClock()
    async with Ledger(Path("/dev/full"), Stats(30), clock, said.append):
        await clock.wind_to(3 * SECOND_NS)
    assert said == ["--stats /dev/full: No space left on device; going on without it."]


async def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"--stats .*: cannot be written \(No such file"):
        async with Ledger(tmp_path / "none" / "stats.jsonl", Stats(30), ManualClock(), print):
            pass
