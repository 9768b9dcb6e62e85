"""What the papers published, and tables in their layout with our figures beside theirs."""

from collections.abc import Mapping
from math import isfinite

PEOPLE = tuple(f"P{number}" for number in range(1, 7))

TABLE_1: dict[str, tuple[float, ...]] = {
    "SSIM, APB2Face": (0.764, 0.843, 0.879, 0.786, 0.761, 0.758, 0.799),
    "SSIM, APB2FaceV2": (0.758, 0.860, 0.862, 0.809, 0.790, 0.752, 0.805),
    "DR %, APB2Face": (98.9, 98.8, 99.1, 98.8, 98.7, 98.5, 98.8),
    "DR %, APB2FaceV2": (99.1, 99.0, 99.4, 99.3, 98.7, 98.8, 99.1),
    "ALE px, APB2Face": (1.237, 1.119, 1.303, 1.587, 1.464, 1.861, 1.429),
    "APE rad, APB2Face": (0.0168, 0.0143, 0.0152, 0.0250, 0.0221, 0.0233, 0.0195),
    "ABE, APB2Face": (0.0356, 0.0370, 0.0371, 0.0502, 0.0443, 0.0437, 0.0413),
}
"""Table 1 of both papers: the people of AnnVI, and their mean."""

TABLE_2: dict[str, tuple[float, ...]] = {
    "Wav2Pix": (0.537, 214.280, 24.771, 20.7),
    "APB2Face": (0.734, 13.375, 16.696, 5.8),
    "APB2FaceV2": (0.765, 13.256, 4.085, 22.5),
}
"""Table 2 of APB2FaceV2: SSIM, FID, parameters in millions, frames a second on a CPU."""

OURS = {"ssim": "SSIM", "dr": "DR %", "ale": "ALE px", "ape": "APE rad", "abe": "ABE"}
"""Our measures that the papers have too."""

CAVEATS = (
    "Not the same people: theirs are six speakers of AnnVI, filmed; ours are the studio's six "
    "announcers, drawn. Compare the size of a figure, not its third decimal.",
    "Theirs are tested on frames whose neighbours were learned from; ours on clips of voices that "
    "no part of the training has heard.",
    "Theirs at 256x256; ours at the side that the model was trained for. ALE is in pixels of 256 "
    "everywhere.",
    "Landmarks: Face++ there, MediaPipe here, on what was drawn and on the truth alike; poses are "
    "fitted to them.",
    "Parameters of table 2: theirs of what draws alone, ours of the whole engine.",
    "FPS of table 2: on six cores of an i7-8700K, by the code's own timing at 128x128; ours is one "
    "core, by `bench`.",
)

NOT_AVAILABLE = {
    "FD-own": "not available: its features are those of a trained apb2facev2, and none is "
    "installed",
    "FID": "not available: Inception's weights cannot be had offline; --inception FILE "
    "(TorchScript, uint8 (N, 3, H, W) -> features) computes it. FD-own is another measure, "
    "not a stand-in",
    "LPIPS": "not available: its backbone's weights cannot be had offline; --lpips FILE "
    "(TorchScript, two pictures (N, 3, H, W) in [-1, 1] -> distances) computes it",
    "LSE-D, LSE-C": "not available: SyncNet's weights are given out for research alone; lag, "
    "correlation and closures of the lips stand above in their own names",
}


def table_1(ours: Mapping[str, Mapping[str, float]], engine: str) -> list[str]:
    """Return the lines of table 1; `ours` is announcer -> measure -> mean over its clips."""
    names = sorted(ours)
    lines = [
        f"| | {' | '.join((*PEOPLE, 'Avg'))} |",
        f"|---|{'---:|' * 7}",
    ]
    for title, row in TABLE_1.items():
        lines.append(f"| {title}, published | {' | '.join(f'{value:g}' for value in row)} |")
    lines += ["", f"| ours: {engine} | {' | '.join((*names, 'Avg'))} |"]
    lines.append(f"|---|{'---:|' * (len(names) + 1)}")
    for measure, title in OURS.items():
        values = [ours[name][measure] for name in names if measure in ours[name]]
        if values:
            mean = sum(values) / len(values)
            shown = " | ".join(_cell(value) for value in (*values, mean))
            lines.append(f"| {title} | {shown} |")
        else:
            lines.append(f"| {title} | not available: MediaPipe is not installed |")
    return lines


def table_2(
    engine: str, ssim: float, fid: float | None, measured: Mapping[str, object]
) -> list[str]:
    """Return the lines of table 2, ours last."""
    lines = ["| Method | SSIM | FID | Params (M) | FPS (CPU) |", "|---|---:|---:|---:|---:|"]
    for method, row in TABLE_2.items():
        lines.append(f"| {method}, published | {' | '.join(f'{value:g}' for value in row)} |")
    size = measured.get("parameters")
    millions = f"{size / 1e6:.3f}" if isinstance(size, int | float) else "see its card"
    ours = "not available" if fid is None else f"{fid:.2f}"
    return [*lines, f"| ours: {engine} | {ssim:.3f} | {ours} | {millions} | see `bench` |"]


def _cell(value: float) -> str:
    return f"{value:.4g}" if isfinite(value) else "not available"
