"""The machine that figures were measured on, and the anchor that compares it with others."""

import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from torch.nn.functional import conv2d

from vcam.machine import ThisMachine

ANCHOR = {"channels": 128, "pixels": 64, "kernel": 3}
"""A 3x3 convolution of 128 to 128 channels on 64x64, batch 1, fp32, one thread: 0.604 GMACs."""
ANCHOR_GMACS = 128 * 128 * 9 * 64 * 64 / 1e9
PACKAGES = ("torch", "openvino", "numpy", "opencv-python-headless", "av")
CPU_FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd")


def anchor() -> Callable[[], object]:
    """Return the fixed work that every figure is also compared with."""
    draw = np.random.default_rng(0)
    channels, pixels = ANCHOR["channels"], ANCHOR["pixels"]
    image = torch.from_numpy(draw.normal(size=(1, channels, pixels, pixels)).astype(np.float32))
    kernel = torch.from_numpy(draw.normal(size=(channels, channels, 3, 3)).astype(np.float32))

    @torch.inference_mode()
    def work() -> object:
        return conv2d(image, kernel, padding=1)

    return work


def one_torch_thread() -> None:
    """Let torch use one core in this thread."""
    torch.set_num_threads(1)


def describe() -> dict[str, Any]:
    """Return what the machine is: processor, cores, memory, system, versions."""
    machine = ThisMachine()
    return {
        "cpu": _processor(),
        "cpu_features": [name for name in CPU_FEATURES if name in machine.cpu_flags()],
        "cores": machine.cores(),
        "load_1min": round(os.getloadavg()[0], 2) if sys.platform != "win32" else None,
        "ram_mb": psutil.virtual_memory().total // 2**20,
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    """Return the processor's name, where Linux tells it, else its architecture."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
