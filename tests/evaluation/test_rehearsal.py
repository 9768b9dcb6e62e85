"""What is judged: an engine that hears a clip as in a call, and the truth after a call's codec."""

from pathlib import Path

import numpy as np

from tests.training.test_faces import FRAMES, click, write_clip
from vcam.engines.base import EngineSpec
from vcam.engines.senses import WINDOW
from vcam.evaluation.rehearsal import perform, transmitted, truth
from vcam.media import Controls, Image
from vcam.similarity import ssim
from vcam.studio.frames import FrameStore
from vcam.training.hearing import hear, window_at, windows

SIDE = 64


class Listener:
    """An engine that keeps what it was asked."""

    spec = EngineSpec((SIDE, SIDE), WINDOW, alpha=True)

    def __init__(self) -> None:
        self.asked: list[Controls] = []

    def render(self, controls: Controls) -> Image:
        self.asked.append(controls)
        return np.full((SIDE, SIDE, 4), 7, np.uint8)


def test_an_engine_hears_the_clip_as_in_a_call_and_gets_its_pose_and_blink(tmp_path: Path) -> None:
    write_clip(tmp_path)
    clip, engine, sound = FrameStore(tmp_path), Listener(), click(0.1)
    drawn = perform(engine, clip, sound, 4)
    assert [picture.shape for picture in drawn] == [(SIDE, SIDE, 3)] * 4
    assert [controls.t_ns for controls in engine.asked] == clip.labels.t_ns[:4].tolist()
    rows = hear(sound)
    for index, controls in enumerate(engine.asked):
        expected = windows(rows, np.array([window_at(controls.t_ns)]))[0]
        assert controls.audio is not None
        assert np.allclose(controls.audio, expected, atol=1e-3)
        assert np.allclose(controls.pose, clip.labels.pose[index])
        assert np.allclose(controls.blink, clip.labels.blink[index])
        assert controls.expression is None


def test_a_calls_codec_costs_something_but_not_much(tmp_path: Path) -> None:
    write_clip(tmp_path)
    pictures = truth(FrameStore(tmp_path), SIDE, FRAMES)
    received = transmitted(pictures, 25)
    assert len(received) == FRAMES
    similar = [ssim(one, other) for one, other in zip(received, pictures, strict=True)]
    assert min(similar) > 0.7
    assert max(similar) < 1.0
