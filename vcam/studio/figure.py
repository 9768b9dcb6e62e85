"""Everything about one announcer that does not need the graphics device: shapes and masks."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vcam.arkit import ARKIT_INDEX
from vcam.media import Vector
from vcam.studio.announcers import Announcer
from vcam.studio.assets import find_assets, load_head
from vcam.studio.facemesh import FaceMesh, bind_facemesh
from vcam.studio.garment import Cloth, dress
from vcam.studio.growth import Growth, grow_face_hair
from vcam.studio.hair import HairDo, grow_hair
from vcam.studio.head import SKIN_QUADS, Head, draw_identity
from vcam.studio.mesh import triangles
from vcam.studio.skin import Masks, SkinMesh, masks, skin_mesh


@dataclass(frozen=True)
class Figure:
    """One announcer at rest."""

    announcer: Announcer
    head: Head
    skin: SkinMesh
    masks: Masks
    hair: HairDo
    growths: tuple[Growth, ...]
    """Lashes and brows: what moves with the skin."""
    cloth: Cloth
    mesh478: FaceMesh


def habit(woman: bool) -> Vector:
    """Return the expression (52,) worn at rest: awake, with a trace of a smile."""
    worn = np.zeros(52, np.float32)
    for name, amount in (
        ("mouthSmileLeft", 0.14),
        ("mouthSmileRight", 0.12),
        ("eyeWideLeft", 0.07 if woman else 0.09),
        ("eyeWideRight", 0.07 if woman else 0.09),
        ("cheekSquintLeft", 0.05),
        ("cheekSquintRight", 0.05),
    ):
        worn[ARKIT_INDEX[name]] = amount
    return worn


def build_figure(announcer: Announcer, assets: Path | None) -> Figure:
    """Build an announcer. Raises AssetError when the assets folder is missing something."""
    folder = find_assets(assets)
    asset = load_head(folder)
    identity = draw_identity(asset, announcer)
    rest = identity.rest
    head = Head(asset, identity, habit(announcer.woman))
    hair = grow_hair(announcer, rest, triangles(asset.quads[:11144]))
    mask = masks(rest, triangles(asset.quads[SKIN_QUADS]), hair.scalp)
    return Figure(
        announcer=announcer,
        head=head,
        skin=skin_mesh(asset),
        masks=mask,
        hair=hair,
        growths=grow_face_hair(announcer, rest, triangles(asset.quads[:9230])),
        cloth=dress(announcer, folder, rest),
        mesh478=bind_facemesh(asset),
    )
