"""The decoupling of one engine, beside the same measure of the studio's own pictures."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vcam.audio.ears import Ears
from vcam.engines.base import Engine
from vcam.evaluation.decoupling import (
    Leakage,
    decoupling_sheet,
    doubt,
    draw_sweeps,
    effects,
    heads_by_chance,
    leakage,
    ranges,
    sweeps,
)
from vcam.evaluation.face_reader import FaceReader, known_frames, read_pairs
from vcam.media import AudioChunk, Controls, Image, Vector
from vcam.profile import GateSettings
from vcam.studio.frames import STORE, FrameStore
from vcam.studio.sheet import captioned, tiled
from vcam.studio.shoot import SOUND, TRAINING, TURNED
from vcam.studio.sound import SOUND_RATE, read_sound

_MOMENTS_S = np.arange(1.0, 3.0, 0.08)
"""When the voice of the first clip is listened to."""
_JUDGED = 1000
"""At most so many of an announcer's frames are read, which takes two minutes. Chance alone seems to
move lids by 3 % of their range in 400 frames, by 2 % in 950 (differences shuffled, announcer3)."""
_FEW = 40
"""With fewer the inputs are not told apart; sweeps alone have 46."""
_COLUMNS, _SQUARE = 8, 256


def judge_sweeps(engine: Engine, name: str, frames: Path, sheet: Path | None) -> dict[str, Leakage]:
    """Return the leakage of the `engine`, of the `studio`'s own pictures, and `beyond` these.

    The studio's says what the reader mixes up by itself; `doubt` is how far `beyond` may be off,
    at 95 %. The sound moves only the engine's pictures; with too few frames nothing else does.
    With `sheet` the contact sheet is written there.
    """
    moments = _heard(engine, frames / name / "clip1" / SOUND)
    planned = sweeps(moments[0], moments[1:])
    pictures = draw_sweeps(engine.render, planned)
    if sheet:
        _write(sheet / f"{name}_decoupling.png", decoupling_sheet(pictures, planned))
    whole = ranges(FrameStore(frames / name / "clip1").labels)
    stores = [FrameStore(frames / name / TRAINING)]
    chosen = heads_by_chance(stores[0].labels, turned=False)
    if (frames / name / TURNED / STORE).is_file():
        stores.append(FrameStore(frames / name / TURNED))
        more = len(stores[0]) + heads_by_chance(stores[1].labels, turned=True)
        chosen = np.sort(np.random.default_rng(0).permutation(np.r_[chosen, more])[:_JUDGED])
    known = known_frames(stores, engine.spec.size[0])
    voice = leakage({"sound": FaceReader(known).read(np.array(pictures["sound"]))}, whole)
    if len(chosen) < _FEW:
        return {"engine": voice, "studio": {}, "beyond": {}, "doubt": {}}
    asked = known.take(chosen)
    drawn = [
        engine.render(replace(moments[0], pose=_floats(pose), blink=_floats(blink)))[..., :3]
        for pose, blink in zip(asked.pose, asked.blink, strict=True)
    ]
    true, found = read_pairs(known, chosen, np.array(drawn))
    inputs = np.column_stack([asked.pose, asked.blink.mean(axis=1)]).astype(np.float64)
    return {
        "engine": effects(found, inputs, whole) | voice,
        "studio": effects(true, inputs, whole),
        "beyond": effects(found - true, inputs, whole),
        "doubt": doubt(found - true, inputs, whole),
    }


def _floats(values: Vector) -> Any:
    """Return numbers as controls have them."""
    return tuple(values.tolist())


def write_talk(file: Path, truth: Sequence[Image], drawn: Sequence[Image]) -> None:
    """Write a contact sheet: the truth above what was drawn, at times evenly spread."""
    shown = []
    for name, pictures in (("truth", truth), ("drawn", drawn)):
        for index in np.linspace(0, len(pictures) - 1, _COLUMNS).round().astype(int).tolist():
            size = (_SQUARE, _SQUARE)
            large = cv2.resize(pictures[index], size, interpolation=cv2.INTER_CUBIC)
            shown.append(captioned(np.asarray(large, np.uint8), f"{name} {index}"))
    _write(file, tiled(shown, _COLUMNS))


def _write(file: Path, picture: Image) -> None:
    cv2.imwrite(str(file), picture[..., ::-1])


def _heard(engine: Engine, file: Path) -> tuple[Controls, ...]:
    """Return a moment of silence, then moments of a voice, the head at rest."""
    sound = read_sound(file)[: 4 * SOUND_RATE]
    silence = np.zeros_like(sound)
    found = []
    for t_s, samples in ((2.0, silence), *((t_s, sound) for t_s in _MOMENTS_S.tolist())):
        ears = Ears(engine.spec.window, GateSettings())
        ears.hear(AudioChunk(0, samples, SOUND_RATE))
        hearing = ears.at(round(1e9 * t_s))
        found.append(Controls(hearing.t_ns, hearing.window, hearing.voiced))
    return tuple(found)
