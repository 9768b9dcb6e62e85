"""What the fuser costs in a call, and whether both runtimes say the same."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import psutil

from vcam.clock import MediaClock
from vcam.engines.speech import SpeechStream, open_speech
from vcam.evaluation.benchmark import Subject, measure
from vcam.evaluation.machine import anchor, one_torch_thread
from vcam.evaluation.voice import Row
from vcam.media import Vector
from vcam.nets.fuser import CALL_ROWS
from vcam.profile import EngineSettings
from vcam.runtimes import RUNTIMES

FPS = 30
_ROW_HZ = 100


def cost_rows(folder: Path, rows: Vector, seconds: float) -> Iterator[Row]:
    """Yield core-ms a frame, difference of the runtimes, and sizes, for the model in `folder`.

    `rows` (T, 80) are of speech; frames come at 30 a second, each with its window.
    """
    starts = np.arange((len(rows) - CALL_ROWS) * FPS // _ROW_HZ) * _ROW_HZ // FPS
    windows = [rows[start : start + CALL_ROWS] for start in starts]
    streams: dict[str, SpeechStream] = {}
    for runtime in sorted(RUNTIMES):
        before = psutil.Process().memory_info().rss
        streams[runtime] = _stream(folder, runtime)
        streams[runtime].at(windows[0])
        added = (psutil.Process().memory_info().rss - before) / 2**20
        yield Row(runtime, "MB resident, added by loading", added, added, added)
    costs = measure(_subjects(streams, windows), seconds, MediaClock())
    for name, cost in zip(streams, costs[1:], strict=True):
        ms = cost.core_ms
        yield Row(name, "core-ms a frame", ms, cost.core_ms_min, ms, wanted="<= 1.0")
    said = {name: np.stack([s.at(window) for window in windows]) for name, s in streams.items()}
    apart = np.abs(said["openvino"] - said["torch"])
    largest, mean = float(apart.max()), float(apart.mean())
    yield Row("openvino", "largest difference from torch", largest, 0.0, largest, wanted="<= 0.01")
    yield Row("openvino", "mean difference from torch", mean, mean, mean, wanted="<= 0.001")
    size = sum(file.stat().st_size for file in folder.iterdir()) / 2**20
    yield Row("model", "MB on disk, all files", size, size, size, wanted="<= 8")


def _subjects(streams: dict[str, SpeechStream], windows: list[Vector]) -> list[Subject]:
    subjects = [Subject({"stage": "anchor"}, anchor(), one_torch_thread)]
    for name, stream in streams.items():
        index = count()

        def work(stream: SpeechStream = stream, index: "count[int]" = index) -> Vector:
            return stream.at(windows[next(index) % len(windows)])

        subjects.append(Subject({"runtime": name}, work))
    return subjects


def _stream(folder: Path, runtime: str) -> SpeechStream:
    return open_speech(folder, {}, replace(EngineSettings(), runtime=runtime))  # type: ignore[arg-type]
