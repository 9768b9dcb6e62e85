"""What `lite` knows of one announcer: features, pictures, backdrop. One file, read at the start.

Written when a model is trained (`vcam.training.lite_identity`): the encoder is not run in a call.
safetensors: features as float16; pictures as lossless WebP, the ones behind regions cut to them.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from vcam.errors import ModelError
from vcam.media import Image, Vector
from vcam.nets.lite_plan import PICTURES, REGIONS, UNITS

SUFFIX = ".safetensors"
FEATURES = ("deep", "mouth", "eyes")
KIND = "lite identity 2"
"""Changes with the meaning of the file."""


@dataclass(frozen=True)
class LiteState:
    """One identity, for one set of weights."""

    identity: str
    weights: str
    """sha256 of the weights whose encoder made the features."""
    side: int
    """Pictures are side x side."""
    corners: tuple[tuple[int, int], ...]
    """(row, column) of each region of REGIONS, in units."""
    features: dict[str, Vector] = field(repr=False)
    """By FEATURES; see `vcam.nets.lite.Features`."""
    pictures: dict[str, Image] = field(repr=False)
    """By PICTURES, uint8 (side, side, 3); all but `rest` may be black outside their regions."""
    backdrop: Image = field(repr=False)
    """uint8 (side, side, 3): the picture without the announcer."""


def save_state(state: LiteState, file: Path) -> None:
    """Write `state`; about 1.5 MB at 512."""
    arrays: dict[str, NDArray[Any]] = {
        name: state.features[name].astype(np.float16) for name in FEATURES
    }
    arrays["corners"] = np.array(state.corners, np.int64)
    for name in PICTURES:
        arrays[name] = _packed(_cut(state, name))
    arrays["backdrop"] = _packed(state.backdrop)
    file.parent.mkdir(parents=True, exist_ok=True)
    about = {"kind": KIND, "identity": state.identity, "weights": state.weights}
    save_file(arrays, file, metadata=about)


def load_state(file: Path) -> LiteState:
    """Read what `save_state` wrote.

    Raises:
        ModelError: the file is missing, damaged, or something else.
    """
    try:
        with safe_open(file, framework="numpy") as opened:
            about = opened.metadata() or {}
            arrays = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as problem:
        raise ModelError(
            f"identity file '{file}' cannot be read ({problem}); install vcam again"
        ) from None
    wanted = {*FEATURES, *PICTURES, "corners", "backdrop"}
    if about.get("kind") != KIND or set(arrays) != wanted:
        raise ModelError(
            f"'{file}' is not an identity file of lite (kind {about.get('kind')!r}, wanted "
            f"{KIND!r}); install vcam again, or train the model again"
        )
    pictures = {name: _unpacked(arrays[name], file) for name in (*PICTURES, "backdrop")}
    backdrop = pictures.pop("backdrop")
    corners = tuple((int(row), int(column)) for row, column in arrays["corners"])
    features = {name: arrays[name].astype(np.float32) for name in FEATURES}
    return LiteState(
        about["identity"], about["weights"], len(backdrop), corners, features, pictures, backdrop
    )


def _cut(state: LiteState, name: str) -> Image:
    """Return a picture, blackened where no region draws from it."""
    picture = state.pictures[name]
    if name == "rest":
        return picture
    cut = np.zeros_like(picture)
    for region, corner in zip(REGIONS, state.corners, strict=True):
        if name in region.sources:
            place = region.slices(corner, state.side)
            cut[place] = picture[place]
    return cut


def _packed(picture: Image) -> Image:
    lossless = [cv2.IMWRITE_WEBP_QUALITY, 101]
    _, packed = cv2.imencode(".webp", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), lossless)
    return np.asarray(packed, np.uint8).reshape(-1)


def _unpacked(packed: Image, file: Path) -> Image:
    picture = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    if picture is None or picture.shape[0] != picture.shape[1] or picture.shape[0] % UNITS:
        raise ModelError(f"identity file '{file}' is damaged: a picture in it; install vcam again")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
