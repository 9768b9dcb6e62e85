"""Controls that teach a network to tell things apart: sweeps of one at a time, things by chance."""

from dataclasses import replace

import numpy as np

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.identity import PoseRange
from vcam.media import Controls, Vector

WIDE, SHUT = 0.25, 0.30
"""From here on a mouth counts as wide open (jaw) or showing teeth (lips), an eye as blinking."""

Random = np.random.Generator

TURNS = (-1.0, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1.0)
"""Of a pose's range, beside 0."""
LIDS = (0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.0)
"""How far lids are shut, beside 0."""
_BLINKING, _WINKING = 0.35, 0.08
"""Shares of the frames with both lids on their way, and with one alone."""
_OWN_CHANNEL = ("eyeBlink", "eyeLook")  # in Controls.blink and Controls.gaze, not in expressions


def plan_sweeps(pose_range: PoseRange) -> list[Controls]:
    """Return the neutral reference, then every control through its range with the rest neutral."""
    rest = Controls(0)
    sweeps = [rest]
    for name in ARKIT_NAMES:
        if not name.startswith(_OWN_CHANNEL):
            for weight in (0.33, 0.66, 1.0):
                sweeps.append(replace(rest, expression=_expression({name: weight})))
    limits = (pose_range.yaw_rad, pose_range.pitch_rad, pose_range.roll_rad)
    for turn in np.diag(limits):
        for step in TURNS:
            yaw, pitch, roll = (float(angle) for angle in step * turn)
            sweeps.append(replace(rest, pose=(yaw, pitch, roll)))
    looks = [(x, 0.0) for x in TURNS] + [(0.0, y) for y in TURNS]
    looks += [(x, y) for x in (-0.7, 0.7) for y in (-0.7, 0.7)]
    sweeps += [replace(rest, gaze=look) for look in looks]
    for amount in LIDS:
        sweeps += [
            replace(rest, blink=pair) for pair in ((amount, amount), (amount, 0), (0, amount))
        ]
    return sweeps


def is_wide(controls: Controls) -> bool:
    """Say whether the mouth is wide open or shows teeth."""
    if controls.expression is None:
        return False
    at = ARKIT_INDEX
    lips = [f"mouth{part}{side}" for part in ("LowerDown", "UpperUp") for side in ("Left", "Right")]
    teeth = np.mean([controls.expression[at[name]] for name in lips])
    return bool(controls.expression[at["jawOpen"]] >= WIDE or teeth >= WIDE)


def is_blink(controls: Controls) -> bool:
    """Say whether a lid is on its way or shut."""
    return max(controls.blink) >= SHUT


def _expression(table: dict[str, float]) -> Vector:
    expression = np.zeros(len(ARKIT_NAMES), np.float32)
    for name, weight in table.items():
        expression[ARKIT_INDEX[name]] = weight
    return expression


def draw_blend(random: Random, pose_range: PoseRange) -> Controls:
    """Return everything at once by chance: pose, gaze, lids, a mouth and a few other weights."""
    limits = np.array([pose_range.yaw_rad, pose_range.pitch_rad, pose_range.roll_rad])
    pose = limits * random.uniform(-1, 1, 3)
    lids = random.uniform(0.2, 1.0) if random.random() < 0.25 else 0.0
    wink = random.random() < 0.2
    x, y = random.uniform(-0.8, 0.8, 2)
    return Controls(
        t_ns=0,
        pose=(float(pose[0]), float(pose[1]), float(pose[2])),
        blink=(float(lids), 0.0 if wink else float(lids)),
        gaze=(float(x), float(y)),
        expression=_mouth(random) + _others(random),
    )


def draw_turns(count: int, random: Random, pose_range: PoseRange) -> tuple[Vector, Vector]:
    """Return poses (N, 3) over the whole range and blinks (N, 2) by chance: none tells another."""
    limits = np.array([pose_range.yaw_rad, pose_range.pitch_rad, pose_range.roll_rad], np.float32)
    # Half of them near the middle, as a head mostly is.
    pose = limits * random.uniform(-1, 1, (count, 3)) * random.choice([0.3, 1.0], (count, 1))
    both = random.uniform(0, 1, (count, 1)) * (random.random((count, 1)) < _BLINKING)
    single = random.uniform(0, 1, (count, 2)) * (random.random((count, 2)) < _WINKING)
    return pose.astype(np.float32), np.maximum(both, single).astype(np.float32)


def _mouth(random: Random) -> Vector:
    """Return a mouth by chance: open, spread or rounded, showing teeth, or shut."""
    jaw = random.uniform(0.25, 0.75) if random.random() < 0.4 else random.uniform(0.0, 0.25)
    lower, upper, smile, stretch = random.uniform(0, 0.7, 4) * (random.random(4) < 0.5)
    pucker, funnel = random.uniform(0, 0.7, 2) * (random.random(2) < 0.3)
    press = random.uniform(0, 0.6) * (random.random() < 0.15)
    tilt = random.normal(0, 0.08)
    table = {"jawOpen": jaw, "mouthPucker": pucker, "mouthFunnel": min(funnel, 1.0 - pucker)}
    table["mouthClose"] = 0.8 * jaw * (random.random() < 0.12)
    table["mouthRollLower"] = random.uniform(0, 0.6) * (random.random() < 0.15)
    table["tongueOut"] = random.uniform(0, 0.4) * (random.random() < 0.2)
    pairs = {"LowerDown": lower, "UpperUp": upper, "Smile": smile, "Stretch": stretch,
             "Press": press}  # fmt: skip
    for part, amount in pairs.items():
        table[f"mouth{part}Left"] = amount * (1 + tilt)
        table[f"mouth{part}Right"] = amount * (1 - tilt)
    return np.clip(_expression(table), 0.0, 1.0)


def _others(random: Random) -> Vector:
    """Return a few weights outside lips, jaw and eyes by chance, both sides mostly alike."""
    expression = np.zeros(len(ARKIT_NAMES), np.float32)
    stems = ("browDown", "browOuterUp", "cheekSquint", "eyeSquint", "eyeWide", "noseSneer",
             "mouthFrown", "mouthDimple")  # fmt: skip
    for stem in random.choice(stems, 2, replace=False):
        amount = random.uniform(0, 0.8)
        for side in ("Left", "Right"):
            weight = amount * random.uniform(0.8, 1.0)
            expression[ARKIT_INDEX[f"{stem}{side}"]] = weight
    single = random.choice(("browInnerUp", "mouthLeft", "mouthRight", "jawLeft", "jawRight"))
    expression[ARKIT_INDEX[single]] = random.uniform(0, 0.6) * (random.random() < 0.5)
    return expression
