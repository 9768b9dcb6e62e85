"""Runs in the guest: everything about the product as a producer. Writes found.json.

usage: producer.py AUDIO OUT: AUDIO is played, OUT is a folder for that and the last frame.
"""

import json
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

from device import Product, rate, read_frames, reader

WATCH_S = 12


def watch(audio: str, out: Path) -> dict[str, object]:
    """One call, read directly; a second program, a strange device and the doctor meanwhile."""
    stats = out / "stats.jsonl"
    call = Product("--audio", audio, "--to", "camera", "--fps", "30", "--stats", str(stats))
    start_s = call.wait_until_shown()
    with reader() as device:
        read_frames(device, 2)
        arrivals, frame = read_frames(device, WATCH_S)
    (out / "frame.i420").write_bytes(frame)
    busy = Product("--audio", audio, "--to", "camera").end()
    doctor = subprocess.run(
        [sys.executable, "run_vcam.py", "doctor"], capture_output=True, text=True
    ).stdout
    strange = Product("--audio", audio, "--to", "camera:/dev/video7").end()
    code, said = call.interrupt()
    gaps = [b - a for a, b in pairwise(arrivals)]
    summary = json.loads(stats.read_text().splitlines()[-1])
    return {
        "start_s": start_s,
        "fps": rate(arrivals),
        "longest_gap_ms": 1000 * max(gaps),
        "busy": busy,
        "strange": strange,
        "doctor": doctor.splitlines(),
        "interrupted": (code, said),
        "summary": summary,
    }


def restart(audio: str) -> dict[str, object]:
    """Calls one after the other, the second and third while a reader holds the device."""
    fps: list[float] = []
    with reader() as device:
        for _ in range(2):
            call = Product("--audio", audio, "--to", "camera", "--quiet")
            call.wait_until_shown()
            read_frames(device, 1)
            fps.append(rate(read_frames(device, 3)[0]))
            call.interrupt()
        resized = Product("--audio", audio, "--to", "camera", "--size", "640x360").end()
    time.sleep(0.5)
    call = Product("--audio", audio, "--to", "camera", "--size", "640x360", "--quiet")
    call.wait_until_shown()
    code, _ = call.interrupt()
    return {"restart_fps": fps, "resized": resized, "resized_without_reader": code}


result = watch(sys.argv[1], Path(sys.argv[2])) | restart(sys.argv[1])
Path(sys.argv[2], "found.json").write_text(json.dumps(result))
