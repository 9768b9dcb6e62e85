"""What is rendered of an announcer: a training set rich in what is hard, and held-out clips.

Training frames, in this order: the neutral reference; sweeps that take each expression, pose,
gaze and blink through its range alone; random blends; moments of speech with natural life. Wide
mouths and blinks are drawn more often than they happen (why: notes/lite_training.md section 8).
Turned frames, of which the papers' nets learn that a turning head leaves lids and lips alone:
other moments of speech, heads and lids by chance instead of life.
Held-out clips come from the test part of the speech set and from other seeds: they share no
sound, speaker or seed with training.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from vcam.errors import InputError
from vcam.identity import PoseRange
from vcam.media import SECOND_NS, Controls, Hearing, Mood, Samples, Vector, frame_due_ns
from vcam.profile import LifeSettings
from vcam.signals.controls import ControlsTrack
from vcam.studio.motion import LOUDNESS_HZ, measure_loudness
from vcam.studio.sound import SOUND_RATE
from vcam.studio.speechset import CURVE_HZ, SpeechClip, read_clip, read_manifest
from vcam.studio.spoken import Moment
from vcam.studio.sweeps import draw_blend, draw_turns, is_blink, is_wide, plan_sweeps

FPS = 25
CLIP_S = 6.0
HELD_OUT_CLIPS = 3
_BLENDS_SHARE = 0.32
_SPEECH_CLIPS = 60
_WIDE_SHARE, _BLINK_SHARE = 0.26, 0.18  # of the drawn frames, so that 30 and 15 % of all are
_MOODS: tuple[Mood, ...] = ("neutral", "neutral", "neutral", "warm", "serious")


@dataclass(frozen=True)
class HeldOutClip:
    """Six seconds to be judged by: controls at FPS and the sound that they were made of."""

    voice: str
    controls: tuple[Controls, ...]
    samples: Samples


@dataclass(frozen=True)
class TrainingPlan:
    """The controls of a training set, and which of them were taken from speech."""

    controls: tuple[Controls, ...]
    spoken: tuple[Moment, ...]


def plan_training(
    announcer: str, frames: int, speech: Path, pose_range: PoseRange, seed: int
) -> TrainingPlan:
    """Return what a training set shows; the first are the same for every announcer.

    Raises InputError when `speech` holds no speech set.
    """
    random = np.random.default_rng([seed, crc32(announcer.encode())])
    sweeps = plan_sweeps(pose_range)
    blends = [draw_blend(random, pose_range) for _ in range(round(_BLENDS_SHARE * frames))]
    count = max(0, frames - len(sweeps) - len(blends))
    controls, spoken = [*sweeps, *blends], []
    for said in _speech_frames(announcer, count, speech, pose_range, random):
        spoken.append(Moment(len(controls), said.path, said.controls.t_ns))
        controls.append(replace(said.controls, t_ns=0))
    return TrainingPlan(tuple(controls[:frames]), tuple(spoken))


def plan_turned(
    announcer: str, frames: int, speech: Path, pose_range: PoseRange, seed: int
) -> TrainingPlan:
    """Return moments of training speech with heads and lids by chance, eyes straight ahead.

    Raises InputError when `speech` holds no speech set.
    """
    random = np.random.default_rng([seed, crc32(f"turned {announcer}".encode())])
    said = _speech_frames(announcer, frames, speech, pose_range, random)
    poses, blinks = draw_turns(len(said), random, pose_range)
    controls, spoken = [], []
    for index, (moment, pose, blink) in enumerate(zip(said, poses, blinks, strict=True)):
        yaw, pitch, roll = map(float, pose)
        left, right = map(float, blink)
        spoken.append(Moment(index, moment.path, moment.controls.t_ns))
        controls.append(
            replace(
                moment.controls,
                t_ns=0,
                pose=(yaw, pitch, roll),
                blink=(left, right),
                gaze=(0.0, 0.0),
            )
        )
    return TrainingPlan(tuple(controls), tuple(spoken))


def plan_held_out(
    announcer: str, number: int, speech: Path, pose_range: PoseRange, seed: int
) -> HeldOutClip:
    """Return the held-out clip `number` of an announcer. Raises InputError as above."""
    rows = [row for row in _spoken_rows(speech, "test") if row["duration_s"] >= CLIP_S]
    sources = ("libri_test_other", "espeak", "espeak")
    wanted = [row for row in rows if row["source"] == sources[number % len(sources)]] or rows
    if not wanted:
        raise InputError(f"The speech set {speech} has no test clip of {CLIP_S:g} s.")
    one_each = {row["voice"]: row for row in wanted}
    random = np.random.default_rng([seed, crc32(f"held out {announcer}".encode())])
    voices = random.permutation(sorted(one_each))
    row = one_each[voices[number % len(voices)]]
    clip = read_clip(speech, row["path"])
    clip = replace(clip, samples=clip.samples[: round(CLIP_S * SOUND_RATE)])
    life_seed = crc32(f"held out {announcer} {number} {seed}".encode())
    controls = _perform(clip, round(CLIP_S * FPS), "neutral", life_seed, pose_range)
    return HeldOutClip(row["voice"], tuple(controls), clip.samples)


@dataclass(frozen=True)
class _Said:
    """A moment of speech and the clip it is from."""

    path: str
    controls: Controls


def _spoken_rows(speech: Path, split: str) -> list[dict[str, Any]]:
    return [row for row in read_manifest(speech) if row["split"] == split and row["curves"]]


def _speech_frames(
    announcer: str, count: int, speech: Path, pose_range: PoseRange, random: np.random.Generator
) -> list[_Said]:
    """Return `count` moments of training speech, wide mouths and blinks drawn more often."""
    rows = _spoken_rows(speech, "train")
    chosen = random.choice(len(rows), min(len(rows), _SPEECH_CLIPS), replace=False)
    moments: list[_Said] = []
    for place in chosen:
        path = rows[place]["path"]
        clip = read_clip(speech, path)
        clip = replace(clip, weights=clip.weights * np.float32(random.uniform(0.8, 1.25)))
        mood = _MOODS[random.integers(len(_MOODS))]
        seed = crc32(f"training {announcer} {path}".encode())
        length = int(len(clip.weights) / CURVE_HZ * FPS)
        moments += [_Said(path, c) for c in _perform(clip, length, mood, seed, pose_range)]
    wide = np.array([is_wide(moment.controls) for moment in moments])
    blinking = np.array([is_blink(moment.controls) for moment in moments])
    picked: list[int] = []
    for pool, share in ((wide & ~blinking, _WIDE_SHARE), (blinking, _BLINK_SHARE)):
        picked += _pick(random, np.flatnonzero(pool), round(share * count))
    picked += _pick(random, np.flatnonzero(~wide & ~blinking), count - len(picked))
    return [moments[i] for i in picked]


def _pick(random: np.random.Generator, pool: NDArray[np.intp], count: int) -> list[int]:
    """Return at most `count` different members of a pool."""
    return [int(i) for i in random.choice(pool, min(count, len(pool)), replace=False)]


def _perform(
    clip: SpeechClip, frames: int, mood: Mood, seed: int, pose_range: PoseRange
) -> list[Controls]:
    """Return the controls of a clip spoken by somebody alive, at FPS from its start."""
    life = ControlsTrack(LifeSettings(mood=mood), seed, pose_range)
    loudness = measure_loudness(clip.samples, SOUND_RATE)
    activity = _activity(loudness)
    performed = []
    for index in range(frames):
        t_ns = frame_due_ns(index, FPS)
        heard = min(t_ns * LOUDNESS_HZ // SECOND_NS, len(loudness) - 1)
        level = float(loudness[heard])
        controls = life.at(Hearing(t_ns, level > 0.25, level, float(activity[heard])))
        spoken = clip.weights[min(t_ns * CURVE_HZ // SECOND_NS, len(clip.weights) - 1)]
        worn = np.zeros_like(spoken) if controls.expression is None else controls.expression
        performed.append(replace(controls, expression=np.clip(worn + spoken, 0.0, 1.0)))
    return performed


def _activity(loudness: Vector) -> Vector:
    """Return the share of the last two seconds with a voice, at LOUDNESS_HZ."""
    span = 2 * LOUDNESS_HZ
    voiced = np.concatenate([np.zeros(span - 1), loudness > 0.25])
    return np.asarray(np.convolve(voiced, np.full(span, 1.0 / span), mode="valid"), np.float32)
