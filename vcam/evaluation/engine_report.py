"""The tables of `evaluate ENGINE`, as Markdown."""

from collections.abc import Iterator, Mapping
from typing import Any

from vcam.evaluation.decoupling import INPUTS, Leakage
from vcam.evaluation.face_reader import MEASURES as READ
from vcam.evaluation.published import CAVEATS, NOT_AVAILABLE, table_1, table_2

MEASURES = {
    "ssim": "SSIM, whole", "ssim_face": "SSIM, face", "ssim_mouth": "SSIM, mouth",
    "ssim_eyes": "SSIM, eyes", "psnr_db": "PSNR dB, whole", "psnr_db_face": "PSNR dB, face",
    "psnr_db_mouth": "PSNR dB, mouth", "psnr_db_eyes": "PSNR dB, eyes", "cpbd": "CPBD",
    "dr": "DR %", "ale": "ALE = AKD, px", "akd_m": "AKD-M, px", "ape": "APE, rad", "abe": "ABE",
    "lip_r": "lips: r at best lag", "lip_r_0": "lips: r at lag 0", "lip_lag_ms": "lips: lag, ms",
    "closure_f1": "lips: closure F1", "jitter": "jitter of the nose, px",
}  # fmt: skip


def report_lines(found: Mapping[str, Any]) -> list[str]:
    """Return everything that was found, line by line."""
    announcers = found["announcers"]
    fid = found["distances"].get("FID")
    similar = found["subjects"]["engine"]["ssim"]["value"]
    return [
        f"# {found['engine']}, {found['side']}x{found['side']}",
        "",
        f"{found['clips']} held-out clips; means over clips with intervals of 95 % (bootstrap). "
        f"Landmarks: {found['detector'] or 'not available, MediaPipe is not installed'}.",
        "",
        *_subjects(found["subjects"]),
        "",
        *(f"- {name}: {value:.4f}" for name, value in found["distances"].items()),
        *(f"- {name}: {why}" for name, why in _missing(found["distances"])),
        "",
        "## Table 1",
        "",
        *table_1(announcers, found["engine"]),
        "",
        "## Table 2",
        "",
        *table_2(found["engine"], similar, fid, found["measured"]),
        "",
        *(f"- {caveat}" for caveat in CAVEATS),
        "",
        "## Decoupling",
        "",
        "How far an input by itself moves a measure, of its range, over heads and lids by chance: "
        "beyond what the same reader sees in the studio's pictures of the same controls, fitted to "
        "neither, ± 95 % (drawn pictures alone / true alone). What an input should move stands "
        "alone, and so do lips, which talk in the studio's pictures and rest in the drawn, and the "
        "sound, of which there are no such pictures.",
        *_leaks(found["leakage"]),
    ]


def _subjects(subjects: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Iterator[str]:
    """Yield a row for each measure: the engine, its floors, its ceiling."""
    yield f"| | {' | '.join(subjects)} |"
    yield f"|---|{'---:|' * len(subjects)}"
    for measure, title in MEASURES.items():
        cells = [_cell(table.get(measure)) for table in subjects.values()]
        yield f"| {title} | {' | '.join(cells)} |"


def _cell(interval: Mapping[str, float] | None) -> str:
    if interval is None:
        return "not available"
    return f"{interval['value']:.4g} ({interval['low']:.4g} .. {interval['high']:.4g})"


def _missing(distances: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    return ((name, why) for name, why in NOT_AVAILABLE.items() if name not in distances)


def _leaks(leakage: Mapping[str, Mapping[str, Leakage]]) -> Iterator[str]:
    """Yield tables: the input that moves, down; what moves of the face, across."""
    for name, tables in leakage.items():
        yield from ("", f"| {name} | {' | '.join(READ)} |", f"|---|{'---:|' * len(READ)}")
        for moved in (*INPUTS, "sound"):
            cells = [_share(tables, moved, measure) for measure in READ]
            yield f"| {moved} moves | {' | '.join(cells)} |"


def _share(tables: Mapping[str, Leakage], moved: str, measure: str) -> str:
    if moved not in tables["engine"]:
        return "not available"
    alone = f"{100 * tables['engine'][moved][measure]:.0f} %"
    if measure in (moved, "sound") or moved not in tables["studio"]:
        return alone
    true, more, off = (100 * tables[name][moved][measure] for name in ("studio", "beyond", "doubt"))
    return f"{more:.1f} ± {off:.1f} % ({alone} / {true:.0f} %)"
