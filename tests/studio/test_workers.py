"""Workers do their work, and end when their parent is killed."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from vcam.studio.workers import open_pool

_KILLED = """
import os, signal
from time import sleep
from vcam.studio.workers import open_pool

if __name__ == "__main__":
    with open_pool(1) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(sleep, 300)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_work_is_done_in_another_process() -> None:
    with open_pool(1) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()
        assert pool.submit(os.getenv, "LP_NUM_THREADS").result() == "1"


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(_KILLED, encoding="utf-8")
    parent = subprocess.run(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        text=True,
        timeout=40,
    )
    worker = int(parent.stdout)
    if psutil.pid_exists(worker):
        psutil.Process(worker).wait(timeout=20)
    assert not psutil.pid_exists(worker)
