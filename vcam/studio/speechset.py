"""The speech set: hours of sound with curves, many voices, in parts by voice; built and read here.

A folder of `<part>/<voice>/<number>.flac` and `.npz`, and `manifest.jsonl`, one row a clip, written
last. The .npz holds `weights` float16 (T, K) at CURVE_HZ, row i at time i / CURVE_HZ, `names` (K,)
of the ARKit weights that move at all, and the phones: `letters`, `edges` float32 (P, 2) in seconds.
Built again, a clip that is there is left alone, so an interrupted build goes on where it stopped;
where the motion model has changed since, the curves alone are made again; where the known text of
a recording has, the clip. Equal seed, equal bytes, however many jobs and whatever came before.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.errors import InputError
from vcam.media import Samples, Vector
from vcam.studio.phones import Phone
from vcam.studio.recordings import Recording, list_recordings
from vcam.studio.sound import SOUND_RATE, read_sound, write_flac
from vcam.studio.utterances import Clip, ClipPlan, make_clip, motion_fingerprint, move_clip
from vcam.studio.voices import Voice, all_voices
from vcam.studio.workers import open_pool

CURVE_HZ = 100
MANIFEST = "manifest.jsonl"
_CLIP_S = 12.0  # about what three sentences with their pauses take

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SpeechClip:
    """A clip as it is read: sound (N,) at SOUND_RATE, weights (T, 52) at CURVE_HZ, phones."""

    samples: Samples
    weights: Vector
    phones: tuple[Phone, ...]


@dataclass(frozen=True)
class _Stored:
    """What a clip was made of: the text, and the motion model by its fingerprint."""

    text: str
    motion: str


def plan_set(data: Path | None, seed: int, share: float = 1.0) -> list[ClipPlan]:
    """Return the clips of the whole set, or of a `share` of each voice's minutes.

    Without `data` it is synthetic voices alone.
    """
    plans = [
        ClipPlan(voice, number, seed)
        for voice in all_voices()
        for number in range(max(1, round(share * voice.minutes * 60 / _CLIP_S)))
    ]
    recordings = list_recordings(data) if data else []

    def speaker(recording: Recording) -> tuple[str, str]:
        return recording.source, recording.speaker

    for _, clips in groupby(sorted(recordings, key=speaker), speaker):
        numbered = list(enumerate(clips))
        kept = numbered[: max(1, round(share * len(numbered)))]
        plans += [ClipPlan(recording, number, seed) for number, recording in kept]
    return plans


def build_set(
    folder: Path, plans: Sequence[ClipPlan], data: Path | None, jobs: int, progress: Progress
) -> list[dict[str, Any]]:
    """Make what is missing, write the manifest, and return its rows."""
    missing = [plan for plan in plans if not _is_current(folder, plan)]
    done = len(plans) - len(missing)
    progress(done, len(plans))
    for count, _ in enumerate(_run(partial(_make, folder, data), missing, jobs), done + 1):
        progress(count, len(plans))
    rows = [_row(folder, plan) for plan in plans]
    lines = [json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows]
    _write(folder / MANIFEST, "".join(f"{line}\n" for line in lines).encode())
    return rows


def read_manifest(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of a finished set. Raises InputError when there is none."""
    try:
        lines = (folder / MANIFEST).read_text("utf-8").splitlines()
    except OSError:
        raise InputError(
            f"No {MANIFEST} in {folder}: not a finished speech set. Make one: "
            f"run_vcam.py studio speech --out {folder}"
        ) from None
    return [json.loads(line) for line in lines]


def read_clip(folder: Path, path: str) -> SpeechClip:
    """Read one clip by the `path` of its row; without curves its weights are (0, 52)."""
    samples = read_sound(folder / f"{path}.flac")
    with np.load(folder / f"{path}.npz", allow_pickle=False) as stored:
        moving, edges = stored["weights"], stored["edges"]
        columns = [ARKIT_INDEX[name] for name in stored["names"]]
        letters = [str(letter) for letter in stored["letters"]]
    weights = np.zeros((len(moving), len(ARKIT_NAMES)), np.float32)
    weights[:, columns] = moving
    phones = (Phone(x, float(a), float(b)) for x, (a, b) in zip(letters, edges, strict=True))
    return SpeechClip(samples, weights, tuple(phones))


def summarise(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return the hours with curves by part, source, language and voice."""
    hours: dict[str, dict[str, float]] = {}
    for key in ("split", "source", "language", "voice"):
        table: dict[str, float] = {}
        for row in rows:
            spent = row["duration_s"] / 3600 if row["curves"] else 0.0
            table[row[key]] = table.get(row[key], 0.0) + spent
        hours[key] = dict(sorted(table.items()))
    return hours


def _run(work: Callable[[ClipPlan], None], plans: list[ClipPlan], jobs: int) -> Iterable[None]:
    """Do the work in this process, or in `jobs` fresh ones."""
    if jobs <= 1:
        yield from map(work, plans)
        return
    with open_pool(jobs) as pool:
        yield from pool.map(work, plans, chunksize=4)


def _is_current(folder: Path, plan: ClipPlan) -> bool:
    """Say whether a clip is there, with the curves of today's motion model."""
    stored = _stored(folder, plan)
    return stored is not None and stored.motion == motion_fingerprint()


def _stored(folder: Path, plan: ClipPlan) -> _Stored | None:
    """Return what a clip was made of, or None where there is none of this text."""
    path = folder / f"{plan.path}.npz"
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as kept:
        stored = _Stored(str(kept["text"]), str(kept["motion"]) if "motion" in kept else "")
    corrected = isinstance(plan.voice, Recording) and plan.voice.text != stored.text
    return None if corrected else stored


def _make(folder: Path, data: Path | None, plan: ClipPlan) -> None:
    """Make a clip; of one with the curves of an older motion model, make the curves alone."""
    target = folder / plan.path
    if stored := _stored(folder, plan):
        said = read_clip(folder, plan.path)
        clip = move_clip(plan, stored.text, said.samples, said.phones)
    else:
        clip = make_clip(plan, data)
        target.parent.mkdir(parents=True, exist_ok=True)
        sound = target.with_name(f".{target.name}.flac")
        write_flac(sound, clip.samples)
        sound.replace(f"{target}.flac")
    curves = target.with_name(f".{target.name}.npz")
    np.savez_compressed(curves, **_arrays(clip))
    curves.replace(f"{target}.npz")  # last: a clip with its .npz is whole


def _arrays(clip: Clip) -> dict[str, Any]:
    """Return what the .npz of a clip holds."""
    duration_s = len(clip.samples) / SOUND_RATE
    times = np.arange(int(duration_s * CURVE_HZ) + 1) / CURVE_HZ
    weights = clip.motion.at(times) if clip.motion else np.zeros((0, len(ARKIT_NAMES)), np.float32)
    weights = np.round(weights, 3).astype(np.float16)
    moving = np.flatnonzero(weights.any(axis=0))
    edges = [(phone.start_s, phone.end_s) for phone in clip.phones]
    return {
        "weights": weights[:, moving],
        "names": np.array([ARKIT_NAMES[i] for i in moving], "U24"),
        "letters": np.array([phone.letter for phone in clip.phones], "U1"),
        "edges": np.array(edges, np.float32).reshape(-1, 2),
        "text": np.array(clip.text),
        "duration_s": np.array(duration_s),
        "motion": np.array(motion_fingerprint()),
    }


def _row(folder: Path, plan: ClipPlan) -> dict[str, Any]:
    with np.load(folder / f"{plan.path}.npz", allow_pickle=False) as stored:
        text, duration_s = str(stored["text"]), float(stored["duration_s"])
        curves = len(stored["weights"]) > 0
    voice = plan.voice
    return {
        "path": plan.path,
        "split": plan.split,
        "source": voice.source,
        "voice": plan.speaker,
        "language": voice.language,
        "licence": "CC0-1.0" if isinstance(voice, Voice) else voice.licence,
        "text": text,
        "duration_s": round(duration_s, 4),
        "curves": curves,
        "timing": plan.timing,
    }


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    draft.write_bytes(content)
    draft.replace(path)
