"""A small APB2FaceV2 (0.4 of the width, 24x24) learns eight faces by heart, by equation 5."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.drawn import drawn_faces
from vcam.nets.apb2facev2 import APB2FaceV2
from vcam.nets.blocks import to_pixels
from vcam.nets.discriminator import PatchDiscriminator
from vcam.similarity import ssim
from vcam.training.apb2facev2 import draw, learners
from vcam.training.recipe import Recipe
from vcam.training.starting import fit
from vcam.training.trainer import Trainer

FRAMES, SIDE, STEPS = 8, 24, 300


@pytest.mark.timeout(900)  # twenty seconds of one core, which a busy machine may not give
def test_eight_frames_are_learned_to_an_ssim_of_97_percent(tmp_path: Path) -> None:
    torch.manual_seed(0)
    faces = drawn_faces(FRAMES, SIDE)
    batch = faces.take(torch.arange(FRAMES))
    net = APB2FaceV2(latent_dim=64, width=0.4, landmarks=faces.landmarks.shape[1] // 2)
    fit(net.fuser.landmarks, net.fuser(batch.audio, batch.pose, batch.blink), batch.landmarks)
    recipe = Recipe(
        steps=STEPS, lr=3e-3, betas=(0.5, 0.999), warm_up=20, clip=1e9, ema=0.98, log_every=STEPS
    )
    parts = learners(net, PatchDiscriminator(8))
    trainer = Trainer(parts, lambda _: batch, recipe, tmp_path)
    trainer.train(lambda _: None)
    learned = trainer.averaged["net"]
    assert isinstance(learned, APB2FaceV2)
    drawn, truth = (to_pixels(p).numpy() for p in (draw(learned, batch), batch.picture))
    still = to_pixels(batch.reference).numpy()
    assert np.mean([ssim(a, b) for a, b in zip(drawn, truth, strict=True)]) >= 0.97
    assert np.mean([ssim(a, b) for a, b in zip(still, truth, strict=True)]) < 0.7
    with torch.inference_mode():
        landmarks = learned.fuser.landmarks_of(learned.fuser(batch.audio, batch.pose, batch.blink))
    assert (landmarks - batch.landmarks).abs().mean() < 1.0  # pixels of 256
