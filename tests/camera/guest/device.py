"""Runs in the guest: the product as a program, and a reader of /dev/video0 without any library."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEVICE = "/dev/video0"
STATE = Path("/sys/class/video4linux/video0/state")
WIDTH, HEIGHT = 1280, 720
FRAME_BYTES = WIDTH * HEIGHT * 3 // 2
START_S = 60


class Product:
    """`run_vcam.py` with some flags, started and ended as a user does."""

    def __init__(self, *flags: str) -> None:
        command = [sys.executable, "run_vcam.py", "--profile", "announcer3", *flags]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def wait_until_shown(self) -> float:
        """Return how long it took until the device was fed; raise what was said if it ended."""
        began = time.monotonic()
        while STATE.read_text().strip() != "capture":
            if self._process.poll() is not None or time.monotonic() > began + START_S:
                raise RuntimeError(f"the camera was not fed: {self.end()}")
            time.sleep(0.01)
        return time.monotonic() - began

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and what was said."""
        self._process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and what was said."""
        try:
            said, _ = self._process.communicate(timeout=START_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            said, _ = self._process.communicate()
        return self._process.returncode, said


@contextmanager
def reader() -> Iterator[int]:
    """Hold the device open for reading, as an app does."""
    descriptor = os.open(DEVICE, os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def read_frames(descriptor: int, seconds: float) -> tuple[list[float], bytes]:
    """Return the arrival of every frame, in seconds, and the last frame (I420).

    Call it while a producer feeds the device: without one a read() blocks for good.
    """
    arrivals: list[float] = []
    last = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        last = os.read(descriptor, FRAME_BYTES)
        arrivals.append(time.monotonic())
    return arrivals, last


def rate(arrivals: list[float]) -> float:
    """Return frames a second."""
    return (len(arrivals) - 1) / (arrivals[-1] - arrivals[0]) if len(arrivals) > 1 else 0.0
