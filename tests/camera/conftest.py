"""The camera bench: a guest with a real v4l2loopback device, in which the product itself runs.

    VCAM_CAMERA_BENCH=DIR python3 -m pytest -m camera

DIR is made once by `../shared/camera_bench/camvm_setup.sh DIR --no-qemu` (root, about 2 minutes).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
GUEST = Path(__file__).parent / "guest"
SCRIPTS = Path(os.environ.get("VCAM_CAMERA_BENCH_SCRIPTS", ROOT.parent / "shared" / "camera_bench"))
TIMEOUT_S = 280
RATE = 16_000


@dataclass(frozen=True)
class Visit:
    """What a guest script found, and the folder of its files."""

    found: dict[str, Any]
    out: Path


Bench = Callable[[str], Visit]


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Return what runs one of the guest scripts, `script AUDIO OUT`, in a fresh guest."""
    folder = os.environ.get("VCAM_CAMERA_BENCH")
    if not folder:
        pytest.skip("VCAM_CAMERA_BENCH names no bench; camvm_setup.sh makes one")
    if not (Path(folder) / "uml/linux").exists() or not (SCRIPTS / "camvm_run.sh").exists():
        pytest.skip(f"there is no finished bench in {folder}, or no camvm_run.sh in {SCRIPTS}")
    audio = tmp_path_factory.mktemp("bench") / "bursts.wav"
    write_bursts(audio, seconds=150)

    def visit(script: str) -> Visit:
        shares = {ROOT, Path(sys.prefix), Path(sys.base_prefix), audio.parent}
        shared = [word for share in shares for word in ("--share", str(share))]
        inside = (
            f"cd {ROOT}; export PYTHONDONTWRITEBYTECODE=1;"
            f" {sys.executable} {GUEST / script} {audio} $CAMVM_OUT"
        )
        run = [
            str(SCRIPTS / "camvm_run.sh"),
            folder,
            "--timeout",
            str(TIMEOUT_S),
            *shared,
            "--",
            inside,
        ]
        done = subprocess.run(["bash", *run], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        job = re.search(r"job=(\S+)", done.stderr)
        assert job is not None
        out = tmp_path_factory.mktemp("visit")
        shutil.copytree(Path(job[1]) / "out", out, dirs_exist_ok=True)
        shutil.rmtree(job[1])
        return Visit(json.loads((out / "found.json").read_text()), out)

    return visit


def write_bursts(path: Path, seconds: int) -> None:
    """Write a second of noise and a second of silence in turn: the meter follows."""
    noise = np.random.default_rng(0).normal(0, 6_000, RATE * seconds).clip(-32_768, 32_767)
    noise *= np.arange(len(noise)) // RATE % 2 == 0
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(noise.astype("<i2").tobytes())
