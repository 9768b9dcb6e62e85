"""The stages of the call path as subjects of the benchmark: ears, life, engine, canvas, painter."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

from vcam.audio.ears import Ears
from vcam.canvas import Canvas
from vcam.engines.base import Engine
from vcam.evaluation.benchmark import Subject
from vcam.identity import Identity
from vcam.media import MS_NS, AudioChunk, Controls, Hearing, Image, Samples, frame_due_ns
from vcam.painter import FacePainter
from vcam.profile import Profile
from vcam.signals.controls import ControlsTrack

RATE = 16_000
FACE = 512
BACKGROUNDS = ("keep", "blur", "#20304a")
LATE_NS = 150 * MS_NS
"""A frame is drawn so long after its time, when all the sound is there that it looks ahead to.

Asked earlier, a fuser hears another end of each window and starts over in every frame: 1.5 core-ms
(torch: 3.5) that no call spends."""


def voice(seconds: float, seed: int = 0) -> Samples:
    """Return sound that a voice gate takes for speech: harmonics of 120 Hz in syllables, noise."""
    t_s = np.arange(round(seconds * RATE)) / RATE
    harmonics = sum(np.sin(2 * np.pi * 120 * k * t_s) / k for k in range(1, 25))
    syllables = np.clip(np.sin(2 * np.pi * 4.0 * t_s), 0.0, None)
    noise = np.random.default_rng(seed).normal(scale=0.002, size=len(t_s))
    return (0.15 * harmonics * syllables + noise).astype(np.float32)


def chunks(fps: int) -> Iterator[AudioChunk]:
    """Yield a voice without end, one chunk of sound for each frame."""
    loop, block = voice(4.0), RATE // fps
    blocks = len(loop) // block
    for index in count():
        start = index % blocks * block
        t_ns = index * block * 1_000_000_000 // RATE
        yield AudioChunk(t_ns, loop[start : start + block], RATE)


def drawn_face(alpha: bool) -> Image:
    """Return a face region of 512x512 that has what a canvas must handle: colour and soft alpha."""
    y, x = np.mgrid[0:FACE, 0:FACE].astype(np.float32) / FACE - 0.5
    inside = np.clip((0.4 - np.hypot(x, y)) * 40, 0.0, 1.0)
    planes = [0.8 - 0.2 * y, 0.6 + 0.1 * x, 0.5 + 0 * x] + ([inside] if alpha else [])
    return np.ascontiguousarray(np.stack(planes, -1) * 255).astype(np.uint8)


def canvas_subject(identity: Identity, profile: Profile, background: str) -> Subject:
    """Return the canvas at the profile's size with one kind of background."""
    plate = identity.plate
    if plate.shape[2] == 3 and background != "keep":
        plate = np.dstack([plate, np.full(plate.shape[:2], 255, np.uint8)])
        x, y, width, height = identity.card.face_box
        plate[y : y + height, x : x + width, 3] = 0
    video = replace(profile.video, background=background)
    canvas = Canvas(plate, identity.card.face_box, video)
    face = drawn_face(alpha=True)
    return Subject({"stage": f"canvas {background}"}, lambda: canvas.compose(face))


def ears_subject(profile: Profile, engine: Engine) -> Subject:
    """Return hearing one frame's sound and answering for it."""
    sound, ears = chunks(profile.video.fps), Ears(engine.spec.window, profile.gate)

    def work() -> Hearing:
        chunk = next(sound)
        ears.hear(chunk)
        return ears.at(chunk.t_ns)

    return Subject({"stage": "ears"}, work)


def life_subject(profile: Profile, identity: Identity) -> Subject:
    """Return blink, pose, gaze and mood of one frame."""
    life = ControlsTrack(profile.life, profile.seed, identity.card.pose_range)
    index = count()

    def work() -> Controls:
        t_ns = frame_due_ns(next(index), profile.video.fps)
        return life.at(Hearing(t_ns, voiced=True, level=0.5, activity=0.5))

    return Subject({"stage": "life"}, work)


def moments(profile: Profile, engine: Engine, identity: Identity, number: int) -> list[Controls]:
    """Return the controls of `number` successive frames of a talking announcer."""
    ears = Ears(engine.spec.window, profile.gate)
    life = ControlsTrack(profile.life, profile.seed, identity.card.pose_range)
    sound, found = chunks(profile.video.fps), list[Controls]()
    while len(found) < number:
        chunk = next(sound)
        ears.hear(chunk)
        if chunk.t_ns >= LATE_NS:
            found.append(life.at(ears.at(chunk.t_ns - LATE_NS)))
    return found


def engine_work(draw: Callable[[Controls], Image], frames: list[Controls]) -> Callable[[], Image]:
    """Return drawing one frame after the other, from the start again after the last."""
    index = count()
    return lambda: draw(frames[next(index) % len(frames)])


def painter_subject(profile: Profile, identity: Identity, engine: Engine) -> Subject:
    """Return the whole of a frame: sound in, picture out."""
    video = profile.video
    painter = FacePainter(
        Ears(engine.spec.window, profile.gate),
        ControlsTrack(profile.life, profile.seed, identity.card.pose_range),
        engine,
        Canvas(identity.plate, identity.card.face_box, video),
    )
    sound = chunks(video.fps)

    def work() -> tuple[Image, bool]:
        chunk = next(sound)
        return painter.paint((chunk,), max(0, chunk.t_ns - LATE_NS))

    return Subject({"stage": "painter"}, work)


def stage_subjects(
    profile: Profile, identity: Identity, engine: Engine, labels: dict[str, Any]
) -> list[Subject]:
    """Return every stage around `engine`, and the whole."""
    found = [
        ears_subject(profile, engine),
        life_subject(profile, identity),
        *(canvas_subject(identity, profile, background) for background in BACKGROUNDS),
        painter_subject(profile, identity, engine),
    ]
    return [Subject(labels | dict(subject.labels), subject.work) for subject in found]
