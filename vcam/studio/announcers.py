"""The six announcers, one literal table. None of them ever lived.

Colours are linear RGB. `size_axis` and `seed` draw the head from the model's PCA.
"""

from dataclasses import dataclass
from typing import Literal

from vcam.errors import InputError
from vcam.studio.light import Lighting, three_point

Colour = tuple[float, float, float]
HairStyle = Literal["bob", "short", "bun", "crop", "long", "receding"]
GarmentKind = Literal["suit", "blazer", "turtleneck"]
BackdropKind = Literal["newsroom", "window", "library", "warm", "city", "plain"]


@dataclass(frozen=True)
class Skin:
    """How the skin is painted; shares are 0..1."""

    tone: Colour
    lips: Colour
    blush: Colour = (1.05, 0.80, 0.76)
    freckles: float = 0.0
    age: float = 0.2
    stubble: float = 0.0
    makeup: float = 0.0
    scatter: Colour = (0.85, 0.42, 0.25)


@dataclass(frozen=True)
class Hair:
    """The hair on the head; `brow` scales how dense the brows are."""

    style: HairStyle
    colour: Colour
    grey: float = 0.0
    brow: float = 1.0
    part: float = -2.6
    """x of the parting, cm."""
    beard: float = 0.0
    """How dense a short beard is, 0..1."""


@dataclass(frozen=True)
class Garment:
    """What is worn: main cloth, what is under it, and the tie."""

    kind: GarmentKind
    cloth: Colour
    under: Colour = (0.70, 0.71, 0.73)
    accent: Colour = (0.24, 0.02, 0.03)


@dataclass(frozen=True)
class Announcer:
    """One identity in full: the same table row always draws the same pictures."""

    name: str
    seed: int
    size_axis: float
    skin: Skin
    iris: Colour
    hair: Hair
    garment: Garment
    backdrop: BackdropKind
    lighting: Lighting
    woman: bool
    spread: float = 0.6
    eye_scale: float = 1.14
    """The light model keeps eyes small; how much larger they are made."""


ANNOUNCERS: dict[str, Announcer] = {
    who.name: who
    for who in (
        Announcer(
            name="announcer1",
            seed=11,
            size_axis=1.1,
            skin=Skin((0.57, 0.36, 0.265), (0.46, 0.17, 0.155), freckles=0.35, makeup=0.6),
            iris=(0.075, 0.115, 0.15),
            hair=Hair("bob", (0.13, 0.068, 0.034), brow=0.8),
            garment=Garment("blazer", (0.030, 0.055, 0.110), under=(0.62, 0.58, 0.52)),
            backdrop="newsroom",
            lighting=three_point(-1, 0.1),
            woman=True,
        ),
        Announcer(
            name="announcer2",
            seed=5,
            size_axis=-0.7,
            skin=Skin((0.58, 0.36, 0.26), (0.40, 0.185, 0.155), stubble=0.75, age=0.3),
            iris=(0.10, 0.06, 0.025),
            hair=Hair("short", (0.035, 0.021, 0.013), part=-4.6),
            garment=Garment("suit", (0.022, 0.028, 0.045)),
            backdrop="city",
            lighting=three_point(-1, 0.0),
            woman=False,
        ),
        Announcer(
            name="announcer3",
            seed=111,
            size_axis=1.2,
            skin=Skin((0.30, 0.155, 0.095), (0.26, 0.085, 0.080), (1.05, 0.82, 0.80), makeup=0.7),
            iris=(0.045, 0.022, 0.010),
            hair=Hair("bun", (0.012, 0.009, 0.008), brow=0.9),
            garment=Garment("blazer", (0.15, 0.020, 0.030), under=(0.045, 0.042, 0.045)),
            backdrop="window",
            lighting=three_point(1, 0.3),
            woman=True,
            eye_scale=1.04,
        ),
        Announcer(
            name="announcer4",
            seed=31,
            size_axis=-1.0,
            skin=Skin((0.20, 0.098, 0.058), (0.17, 0.075, 0.062), (1.03, 0.86, 0.84), stubble=0.9),
            iris=(0.035, 0.018, 0.009),
            hair=Hair("crop", (0.010, 0.008, 0.007), beard=0.8),
            garment=Garment("turtleneck", (0.10, 0.13, 0.14)),
            backdrop="warm",
            lighting=three_point(-1, 0.4, 1.15),
            woman=False,
        ),
        Announcer(
            name="announcer5",
            seed=47,
            size_axis=0.8,
            skin=Skin((0.58, 0.38, 0.285), (0.44, 0.18, 0.165), age=0.9, makeup=0.5),
            iris=(0.09, 0.14, 0.12),
            hair=Hair("long", (0.30, 0.27, 0.24), grey=0.7, brow=0.6, part=2.2),
            garment=Garment("turtleneck", (0.13, 0.07, 0.10)),
            backdrop="library",
            lighting=three_point(1, 0.2),
            woman=True,
        ),
        Announcer(
            name="announcer6",
            seed=59,
            size_axis=-0.8,
            skin=Skin((0.56, 0.35, 0.255), (0.41, 0.20, 0.17), age=1.0, stubble=0.5),
            iris=(0.08, 0.11, 0.14),
            hair=Hair("receding", (0.16, 0.145, 0.13), grey=0.8),
            garment=Garment("suit", (0.075, 0.078, 0.085), accent=(0.03, 0.06, 0.16)),
            backdrop="plain",
            lighting=three_point(1, -0.1),
            woman=False,
        ),
    )
}


def announcer_named(name: str) -> Announcer:
    """Return a row of the table. Raises InputError with the names there are."""
    if name not in ANNOUNCERS:
        raise InputError(f"No announcer {name!r}; there are {', '.join(ANNOUNCERS)}.")
    return ANNOUNCERS[name]
