"""Finds and reads what the announcers are built from: a head model and two garments.

Nothing read here is shipped; only pictures of it are. Origin and licences: THIRD_PARTY.md.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vcam.errors import AssetError
from vcam.studio.arrays import Floats, Ints

HEAD_FILE = "ict/ict.npz"
WHERE_TO_GET = (
    "Get the Light model of ICT-FaceKit (repository ICT-VGL/ICT-FaceKit, MIT) packed as "
    f"{HEAD_FILE}, and the elegantsuit01 garments and base.obj of MakeHuman (repository "
    "makehumancommunity/makehuman-assets, CC0) in garments/, or name their folder with --assets "
    "or VCAM_ASSETS."
)


@dataclass(frozen=True)
class HeadAsset:
    """ICT-FaceKit Light as arrays; lengths in centimetres, y up, z out of the face.

    x points to the head's own left. The deltas stay float16, as they are stored.
    """

    vertices: Floats
    """Neutral head (26719, 3)."""
    quads: Ints
    """Faces (26384, 4); the fourth index is -1 in triangles."""
    quad_uvs: Ints
    """For each corner its row in `uvs`, -1 padded likewise."""
    uvs: Floats
    expression_deltas: NDArray[np.float16]
    """(57, 26719, 3)"""
    expression_names: tuple[str, ...]
    identity_deltas: NDArray[np.float16]
    """(100, 26719, 3), one standard deviation each."""


@dataclass(frozen=True)
class ObjMesh:
    """A Wavefront OBJ: vertices (n, 3), and per face its vertex and UV indices."""

    vertices: Floats
    faces: list[list[int]]
    uvs: Floats
    face_uvs: list[list[int]]


def find_assets(chosen: Path | None = None) -> Path:
    """Return the assets folder: `chosen`, else VCAM_ASSETS, else beside the checkout.

    Raises AssetError when the head model is not in it.
    """
    from_environment = os.environ.get("VCAM_ASSETS")
    default = Path(__file__).resolve().parents[2].parent / "shared" / "assets"
    folder = chosen or (Path(from_environment) if from_environment else default)
    if not (folder / HEAD_FILE).is_file():
        raise AssetError(f"No {HEAD_FILE} in the assets folder {folder}. {WHERE_TO_GET}")
    return folder


def load_head(folder: Path) -> HeadAsset:
    """Read the head model. Raises AssetError when the file is not the packed Light model."""
    path = folder / HEAD_FILE
    try:
        with np.load(path, allow_pickle=False) as packed:
            return HeadAsset(
                vertices=packed["v"],
                quads=packed["F"],
                quad_uvs=packed["FT"],
                uvs=packed["vt"],
                expression_deltas=packed["E"],
                expression_names=tuple(str(name) for name in packed["en"]),
                identity_deltas=packed["I"],
            )
    except (OSError, KeyError, ValueError) as error:
        raise AssetError(f"{path} is not the packed head model ({error}). {WHERE_TO_GET}") from None


def load_obj(path: Path) -> ObjMesh:
    """Read a Wavefront OBJ. Raises AssetError when it is absent."""
    if not path.is_file():
        raise AssetError(f"No garment file {path}. {WHERE_TO_GET}")
    vertices: list[list[float]] = []
    uvs: list[list[float]] = []
    faces: list[list[int]] = []
    face_uvs: list[list[int]] = []
    for line in path.read_text().splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            vertices.append([float(word) for word in words[1:4]])
        elif words[0] == "vt":
            uvs.append([float(word) for word in words[1:3]])
        elif words[0] == "f":
            corners = [word.split("/") for word in words[1:]]
            faces.append([int(corner[0]) - 1 for corner in corners])
            face_uvs.append([int(corner[1]) - 1 for corner in corners if len(corner) > 1])
    return ObjMesh(np.array(vertices, np.float32), faces, np.array(uvs, np.float32), face_uvs)
