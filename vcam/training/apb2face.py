"""Trains APB2Face (section 4): the geometry predictor, then one face reenactor for each person."""

from collections.abc import Mapping

import torch
from torch import Tensor

from vcam.engines.landmark_image import draw_landmarks, face_mask
from vcam.nets.discriminator import PatchDiscriminator
from vcam.nets.face_reenactor import FaceReenactor, landmark_image
from vcam.nets.geometry import GeometryPredictor, LandmarkDiscriminator
from vcam.training.emphasis import pixel_weights
from vcam.training.faces import Faces
from vcam.training.losses import (
    LIPS_WEIGHT,
    PREDICTOR_WEIGHTS,
    REENACTOR_WEIGHTS,
    content_loss,
    geometry_loss,
    lips_loss,
    logarithms,
    mask_loss,
    squares,
    weighted,
)
from vcam.training.talk import Said
from vcam.training.trainer import Learner


def predictor_learners(
    net: GeometryPredictor, judge: LandmarkDiscriminator
) -> tuple[Learner[Said], ...]:
    """Return who learns landmarks: by equation 4, and by the lips once more (`lips_loss`).

    The discriminator's loss counts a tenth.
    """

    def judge_loss(batch: Said) -> Mapping[str, Tensor]:
        other = _others(batch.landmarks)
        with torch.no_grad():
            found = net.of_rows(batch.rows, batch.starts, batch.pose, batch.blink)
        parts = {
            "true": squares(judge(batch.landmarks, other), True),
            "drawn": squares(judge(found, other), False),
        }
        return {name: 0.1 * part for name, part in parts.items()}

    def net_loss(batch: Said) -> Mapping[str, Tensor]:
        found = net.of_rows(batch.rows, batch.starts, batch.pose, batch.blink)
        scores = judge(found, _others(batch.landmarks))
        parts = {
            "geometry": geometry_loss(found, batch.landmarks),
            "adversarial": squares(scores, True),
        }
        lips = PREDICTOR_WEIGHTS["geometry"] * LIPS_WEIGHT * lips_loss(found, batch.landmarks)
        return {**weighted(parts, PREDICTOR_WEIGHTS), "lips": lips}

    return Learner("judge", judge, judge_loss), Learner("net", net, net_loss)


def reenactor_learners(
    net: FaceReenactor, judge: PatchDiscriminator | None, emphasis: bool = False
) -> tuple[Learner[Faces], ...]:
    """Return who learns one person's face from true landmarks (equation 6).

    The discriminator sees the landmark image beside the face, as in pix2pix, which the text cites;
    the code shows it a random frame of the person instead. Without one the adversarial loss is
    left out; with `emphasis` pixels of face, mouth and eyes count more.
    """

    def net_loss(batch: Faces) -> Mapping[str, Tensor]:
        seen = drawings(batch)
        face = net(seen)
        weight = pixel_weights(batch) if emphasis else None
        parts = {
            "content": content_loss(face, batch.picture, weight),
            "mask": mask_loss(face, batch.picture, masks(batch)),
        }
        if judge is not None:
            parts["adversarial"] = logarithms(judge(seen, face), True)
        return weighted(parts, REENACTOR_WEIGHTS)

    learner = Learner("net", net, net_loss)
    return (learner,) if judge is None else (_judge_learner(net, judge), learner)


def _judge_learner(net: FaceReenactor, judge: PatchDiscriminator) -> Learner[Faces]:
    def judge_loss(batch: Faces) -> Mapping[str, Tensor]:
        seen = drawings(batch)
        with torch.no_grad():
            face = net(seen)
        return {
            "true": logarithms(judge(seen, batch.picture), True) / 2,
            "drawn": logarithms(judge(seen, face), False) / 2,
        }

    return Learner("judge", judge, judge_loss)


def drawings(batch: Faces) -> Tensor:
    """Return the landmark images (B, 3, S, S) of a batch in [-1, 1]."""
    side = batch.picture.shape[-1]
    return _plotted(batch.landmarks, side).to(batch.picture.device)


def masks(batch: Faces) -> Tensor:
    """Return the masks of the faces (B, 1, S, S), 0 or 1."""
    side = batch.picture.shape[-1]
    found = [torch.from_numpy(face_mask(row, side)) for row in batch.landmarks.cpu().numpy()]
    return torch.stack(found)[:, None].to(batch.picture.device)


@torch.inference_mode()
def draw(predictor: GeometryPredictor, net: FaceReenactor, batch: Faces) -> Tensor:
    """Return the faces (B, 3, S, S) of a batch from predicted landmarks, as the engine draws."""
    landmarks = predictor.eval()(batch.audio, batch.pose, batch.blink)
    face: Tensor = net.eval()(_plotted(landmarks, batch.picture.shape[-1]))
    return face


def _plotted(landmarks: Tensor, side: int) -> Tensor:
    """Return landmarks (B, 2N) as landmark images (B, 3, S, S), on the CPU."""
    drawn = [torch.from_numpy(draw_landmarks(row, side)) for row in landmarks.cpu().numpy()]
    return landmark_image(torch.stack(drawn))


def _others(landmarks: Tensor) -> Tensor:
    """Return the landmarks of another frame for each of a batch."""
    return landmarks.roll(1, dims=0)
