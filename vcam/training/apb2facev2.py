"""Trains APB2FaceV2 (section 3, equation 5): fuser and reenactor end to end against PatchGAN.

The text trains end to end with the geometry loss; that is followed. The paper's code loads a
trained fuser, freezes it, and leaves the geometry loss out: `frozen_fuser`.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from vcam.nets.apb2facev2 import APB2FaceV2
from vcam.nets.discriminator import PatchDiscriminator
from vcam.training.faces import Faces
from vcam.training.losses import (
    V2_WEIGHTS,
    content_loss,
    geometry_loss,
    squares,
    weighted,
)
from vcam.training.trainer import Learner


def learners(
    net: APB2FaceV2, judge: PatchDiscriminator, frozen_fuser: bool = False
) -> tuple[Learner[Faces], ...]:
    """Return who learns from each batch: the discriminator first, then the net, one to one."""
    if frozen_fuser:
        net.fuser.requires_grad_(False)

    def latent_of(batch: Faces) -> Tensor:
        latent: Tensor = net.fuser(batch.audio, batch.pose, batch.blink)
        return latent

    def judge_loss(batch: Faces) -> Mapping[str, Tensor]:
        with torch.no_grad():
            face = net.reenactor(batch.reference, latent_of(batch))
        seen_true = judge(batch.reference, batch.picture)
        seen_drawn = judge(batch.reference, face)
        return {"true": squares(seen_true, True) / 2, "drawn": squares(seen_drawn, False) / 2}

    def net_loss(batch: Faces) -> Mapping[str, Tensor]:
        latent = latent_of(batch)
        face = net.reenactor(batch.reference, latent)
        parts = {
            "content": content_loss(face, batch.picture),
            "adversarial": squares(judge(batch.reference, face), True),
        }
        if not frozen_fuser:
            parts["geometry"] = geometry_loss(net.fuser.landmarks_of(latent), batch.landmarks)
        return weighted(parts, V2_WEIGHTS)

    return Learner("judge", judge, judge_loss), Learner("net", net, net_loss)


@torch.inference_mode()
def draw(net: APB2FaceV2, batch: Faces) -> Tensor:
    """Return the faces (B, 3, S, S) of a batch, as the engine would draw them."""
    net.eval()
    face: Tensor = net(batch.reference, batch.audio, batch.pose, batch.blink)
    return face
