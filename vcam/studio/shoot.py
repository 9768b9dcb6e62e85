"""Renders planned controls into a frame store: in parts, in several processes, resumable."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from vcam.arkit import ARKIT_NAMES
from vcam.errors import InputError
from vcam.identity import PoseRange
from vcam.media import Controls, Samples
from vcam.studio.announcers import announcer_named
from vcam.studio.clips import FPS, HELD_OUT_CLIPS, plan_held_out, plan_training, plan_turned
from vcam.studio.frames import SHARD, Drawn, shard_count, shard_path, write_card, write_shard
from vcam.studio.renderer import Renderer
from vcam.studio.sound import write_flac
from vcam.studio.spoken import Moment, write_spoken
from vcam.studio.workers import open_pool

TRAINING, TURNED = "training", "turned"
SOUND = "sound.flac"
_PLAN = "plan.txt"
_DIGITS = 16
"""Of a digest in a plan."""

Progress = Callable[[int, int], None]


class Draws(Protocol):
    """Draws one announcer; equal controls, equal pictures."""

    def render(self, controls: Controls) -> Drawn:
        """Draw the announcer as the controls ask."""
        ...


class Camera(Hashable, Protocol):
    """Who is drawn, and how large in pixels; travels to other processes and is opened there."""

    @property
    def announcer(self) -> str: ...
    @property
    def size(self) -> int: ...
    def open(self) -> Draws:
        """Build what draws; slow."""
        ...


@dataclass(frozen=True)
class StudioCamera:
    """An announcer before the studio's renderer."""

    announcer: str
    size: int
    assets: Path | None

    def open(self) -> Draws:
        """Build the renderer. Raises AssetError when assets or OpenGL are missing."""
        return Renderer(announcer_named(self.announcer), self.size, self.assets)


@dataclass(frozen=True)
class Shoot:
    """What to render of one announcer: two sets for training, and the held-out clips."""

    camera: Camera
    frames: int
    turned: int = 0
    clips: int = HELD_OUT_CLIPS
    seed: int = 0


@dataclass(frozen=True)
class Piece:
    """One shard to render."""

    camera: Camera
    folder: Path
    number: int
    controls: tuple[Controls, ...]


@dataclass(frozen=True)
class Scene:
    """One frame store to render, and the sound that belongs to it."""

    folder: Path
    controls: tuple[Controls, ...]
    camera: Camera
    facts: dict[str, Any]
    samples: Samples | None = None
    spoken: tuple[Moment, ...] = ()

    def begin(self) -> None:
        """Claim the folder. Raises InputError when something else was begun there."""
        path, plan = self.folder / _PLAN, self._plan()
        begun = _read_plan(path) if path.is_file() else plan
        if begun.keys() != plan.keys():
            raise InputError(
                f"{self.folder} was begun by another vcam, whose plan cannot be compared. "
                "Give another --out."
            )
        for name, wanted in plan.items():
            if (found := begun[name]) != wanted:
                raise InputError(
                    f"{self.folder} was begun with another {name} ({found}, wanted {wanted}). "
                    "Give the same again to go on with it, or another --out."
                )
        self.folder.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{name}: {value}\n" for name, value in plan.items()))

    def missing(self) -> list[Piece]:
        """Return the shards that are not there yet."""
        return [
            Piece(self.camera, self.folder, n, self.controls[n * SHARD : (n + 1) * SHARD])
            for n in range(shard_count(len(self.controls)))
            if not shard_path(self.folder, n).is_file()
        ]

    def finish(self) -> None:
        """Write the card, and the sound or where it is."""
        if self.samples is not None:
            write_flac(self.folder / SOUND, self.samples)
        if self.samples is None or self.spoken:
            write_spoken(self.folder, self.spoken)
        card = {
            "announcer": self.camera.announcer,
            "size": self.camera.size,
            "frames": len(self.controls),
        }
        write_card(self.folder, card | self.facts)

    def _plan(self) -> dict[str, str]:
        """Return what the folder is begun with; what differs first is why the rest does."""
        digest = sha256()
        for controls in self.controls:
            numbers = (*controls.pose, *controls.blink, *controls.gaze)
            digest.update(f"{controls.t_ns} {numbers}".encode())
            if controls.expression is not None:
                digest.update(controls.expression.tobytes())
        return {
            "announcer": self.camera.announcer,
            "size": str(self.camera.size),
            "look of the announcer": _look(self.camera)[:_DIGITS],
            "number of frames": str(len(self.controls)),
            "seed or speech set": digest.hexdigest()[:_DIGITS],
        }


def _read_plan(path: Path) -> dict[str, str]:
    lines = path.read_text(errors="replace").splitlines()
    return dict(line.partition(": ")[::2] for line in lines)


def plan_shoot(out: Path, order: Shoot, speech: Path) -> list[Scene]:
    """Return what `shoot` has to render: `out`/training, `out`/turned, and `out`/clip1 and on.

    Raises InputError when there is no such announcer or no speech set.
    """
    who, pose_range = announcer_named(order.camera.announcer).name, PoseRange()
    plan = plan_training(who, order.frames, speech, pose_range, order.seed)
    facts: dict[str, Any] = {"seed": order.seed}
    camera = order.camera
    scenes = [Scene(out / TRAINING, plan.controls, camera, facts, spoken=plan.spoken)]
    if order.turned:
        plan = plan_turned(who, order.turned, speech, pose_range, order.seed)
        scenes.append(Scene(out / TURNED, plan.controls, camera, facts, spoken=plan.spoken))
    for number in range(order.clips):
        clip = plan_held_out(who, number, speech, pose_range, order.seed)
        facts = {"seed": order.seed, "voice": clip.voice, "fps": FPS}
        folder = out / f"clip{number + 1}"
        scenes.append(Scene(folder, clip.controls, order.camera, facts, clip.samples))
    return scenes


def shoot(scenes: Sequence[Scene], jobs: int, progress: Progress) -> None:
    """Render what is missing of every scene; each ends as a finished frame store.

    Raises InputError when a folder was begun with another plan.
    """
    total = sum(len(scene.controls) for scene in scenes)
    for scene in scenes:
        scene.begin()
    missing = [piece for scene in scenes for piece in scene.missing()]
    done = total - sum(len(piece.controls) for piece in missing)
    progress(done, total)
    for count in _run(missing, jobs):
        done += count
        progress(done, total)
    for scene in scenes:
        scene.finish()


@cache
def _look(camera: Camera) -> str:
    """Return what tells one look of an announcer from the next: a digest of one picture.

    It differs between graphics devices too: a store is drawn by one of them.
    """
    expression = np.full(len(ARKIT_NAMES), 0.2, np.float32)
    moment = Controls(0, pose=(0.1, 0.1, 0.1), blink=(0.4, 1.0), expression=expression)
    drawn = _opened(camera).render(moment)
    return sha256(drawn.rgba.tobytes() + drawn.parts.tobytes()).hexdigest()


def _run(pieces: list[Piece], jobs: int) -> Iterator[int]:
    """Render in this process, or in `jobs` fresh ones; yield the frames of each piece."""
    if jobs <= 1:
        yield from map(_render, pieces)
        return
    with open_pool(jobs) as pool:
        yield from pool.map(_render, pieces)


def _render(piece: Piece) -> int:
    renderer = _opened(piece.camera)
    drawn = [renderer.render(controls) for controls in piece.controls]
    write_shard(piece.folder, piece.number, piece.controls, drawn)
    return len(drawn)


@lru_cache(maxsize=1)
def _opened(camera: Camera) -> Draws:
    return camera.open()
