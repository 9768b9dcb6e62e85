"""Trains APB2FaceV2 (section 3, equation 5): fuser and reenactor end to end against PatchGAN.

The text trains end to end with the geometry loss; that is followed. The paper's code loads a
trained fuser, freezes it, and leaves the geometry loss out: `frozen_fuser`.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from vcam.nets.apb2facev2 import APB2FaceV2
from vcam.nets.audio_fuser import AudioAwareFuser
from vcam.nets.discriminator import PatchDiscriminator
from vcam.training.emphasis import pixel_weights
from vcam.training.faces import Faces
from vcam.training.losses import (
    LIPS_WEIGHT,
    V2_WEIGHTS,
    content_loss,
    geometry_loss,
    lips_loss,
    squares,
    weighted,
)
from vcam.training.talk import Said
from vcam.training.trainer import Learner


def fuser_learner(fuser: AudioAwareFuser) -> Learner[Said]:
    """Return who learns the geometry alone, before there are pictures to draw.

    By equation 6, and by the lips once more (`lips_loss`): the landmarks are the usual 68.
    """

    def loss(batch: Said) -> Mapping[str, Tensor]:
        latent = fuser.of_rows(batch.rows, batch.starts, batch.pose, batch.blink)
        with _exact(latent):
            found = fuser.landmarks_of(latent.float())
        return {
            "geometry": geometry_loss(found, batch.landmarks),
            "lips": LIPS_WEIGHT * lips_loss(found, batch.landmarks),
        }

    return Learner("fuser", fuser, loss)


def learners(
    net: APB2FaceV2,
    judge: PatchDiscriminator | None,
    frozen_fuser: bool = False,
    emphasis: bool = False,
) -> tuple[Learner[Faces], ...]:
    """Return who learns from each batch: the discriminator first, then the net, one to one.

    Without a discriminator the net learns without the adversarial loss; with `emphasis` pixels of
    face, mouth and eyes count more.
    """
    if frozen_fuser:
        net.fuser.requires_grad_(False)

    def net_loss(batch: Faces) -> Mapping[str, Tensor]:
        latent: Tensor = net.fuser(batch.audio, batch.pose, batch.blink)
        with _exact(latent):
            landmarks = net.fuser.landmarks_of(latent.float())
        face = net.reenactor(batch.reference, latent)
        weight = pixel_weights(batch) if emphasis else None
        parts = {"content": content_loss(face, batch.picture, weight)}
        if judge is not None:
            parts["adversarial"] = squares(judge(batch.reference, face), True)
        if not frozen_fuser:
            parts["geometry"] = geometry_loss(landmarks, batch.landmarks)
        return weighted(parts, V2_WEIGHTS)

    learner = Learner("net", net, net_loss)
    return (learner,) if judge is None else (_judge_learner(net, judge), learner)


def _judge_learner(net: APB2FaceV2, judge: PatchDiscriminator) -> Learner[Faces]:
    def judge_loss(batch: Faces) -> Mapping[str, Tensor]:
        with torch.no_grad():
            face = net(batch.reference, batch.audio, batch.pose, batch.blink)
        seen_true = judge(batch.reference, batch.picture)
        seen_drawn = judge(batch.reference, face)
        return {"true": squares(seen_true, True) / 2, "drawn": squares(seen_drawn, False) / 2}

    return Learner("judge", judge, judge_loss)


@torch.inference_mode()
def draw(net: APB2FaceV2, batch: Faces) -> Tensor:
    """Return the faces (B, 3, S, S) of a batch, as the engine would draw them."""
    net.eval()
    face: Tensor = net(batch.reference, batch.audio, batch.pose, batch.blink)
    return face


def _exact(like: Tensor) -> torch.autocast:
    """Return a context without bfloat16: it holds landmarks of 128 pixels to half a pixel only."""
    return torch.autocast(like.device.type, enabled=False)
