"""The decoupling of one engine, beside the same measure of the studio's own pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.audio.ears import Ears
from vcam.engines.base import Engine
from vcam.evaluation.decoupling import (
    Leakage,
    beyond,
    decoupling_sheet,
    draw_sweeps,
    leakage,
    ranges,
    studio_sweeps,
    sweeps,
)
from vcam.evaluation.face_reader import FaceReader, Floats, Known, known_frames, read_pairs
from vcam.media import AudioChunk, Controls, Image
from vcam.profile import GateSettings
from vcam.studio.frames import STORE, FrameStore
from vcam.studio.sheet import captioned, tiled
from vcam.studio.shoot import SOUND, TRAINING, TURNED
from vcam.studio.sound import SOUND_RATE, read_sound

_MOMENTS_S = np.arange(1.0, 3.0, 0.08)
"""When the voice of the first clip is listened to."""
_COLUMNS, _SQUARE = 8, 256


def judge_sweeps(engine: Engine, name: str, frames: Path, sheet: Path | None) -> dict[str, Leakage]:
    """Return the leakage of the `engine`, of the `studio`'s own pictures, and `beyond` these.

    The studio's says what the reader mixes up by itself. With `sheet` the contact sheet is written
    there.
    """
    moments = _heard(engine, frames / name / "clip1" / SOUND)
    planned = sweeps(moments[0], moments[1:])
    pictures = draw_sweeps(engine.render, planned)
    if sheet:
        _write(sheet / f"{name}_decoupling.png", decoupling_sheet(pictures, planned))
    whole = ranges(FrameStore(frames / name / "clip1").labels)
    stores = [FrameStore(frames / name / TRAINING)]
    shot = studio_sweeps(stores[0].labels)
    if (frames / name / TURNED / STORE).is_file():
        stores.append(FrameStore(frames / name / TURNED))
    known = known_frames(stores, engine.spec.size[0])
    true, drawn = _read_sweeps(known, shot, pictures)
    reader = FaceReader(known)
    for moved in pictures.keys() - drawn.keys():
        drawn[moved] = reader.read(np.array(pictures[moved]))
    return {
        "engine": leakage({moved: drawn[moved] for moved in planned}, whole),
        "studio": leakage(true, whole),
        "beyond": beyond(drawn, true, whole),
    }


def _read_sweeps(
    known: Known, shot: Mapping[str, NDArray[np.int64]], pictures: Mapping[str, list[Image]]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return what is read of the studio's sweeps, and of the engine's."""
    if not shot:
        return {}, {}
    places = np.concatenate(list(shot.values()))
    drawn = np.concatenate([pictures[moved] for moved in shot])
    ends = np.cumsum([len(frames) for frames in shot.values()])[:-1]
    both = (np.split(read, ends) for read in read_pairs(known, places, drawn))
    true, found = (dict(zip(shot, parts, strict=True)) for parts in both)
    return true, found


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
    file.parent.mkdir(parents=True, exist_ok=True)
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
