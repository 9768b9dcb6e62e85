from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from vcam.engines import card, speech
from vcam.engines.speech import LOOK_AHEAD_MS, SpeechStream, open_speech
from vcam.engines.speech import window as window_of
from vcam.media import Vector
from vcam.nets.fuser import BLOCK_ROWS, CALL_ROWS, HELD_ROWS, Fuser
from vcam.profile import EngineSettings
from vcam.training.export import export

ROWS = np.random.default_rng(3).random((400, 80)).astype(np.float32)


SIZES: dict[str, Any] = {"frequency": [4, 8, 8], "channels": 16, "branch": 8}


@pytest.fixture
def net() -> Fuser:
    """A small fuser with random weights."""
    torch.manual_seed(0)
    return Fuser(**SIZES).eval()


class Counted:
    """A stream over a net, which counts the blocks that it takes."""

    def __init__(self, net: Fuser) -> None:
        self.blocks = 0
        self._graph = net.graphs()["step_80"]
        self._stream = SpeechStream(self._step, net.channels)
        self.at = self._stream.at

    @torch.no_grad()
    def _step(self, *arrays: Vector) -> list[Vector]:
        assert arrays[0].shape == (1, 4, 80)
        self.blocks += 1
        return [output.numpy() for output in self._graph(*map(torch.from_numpy, arrays))]


@torch.no_grad()
def plain(net: Fuser, rows: Vector, look_ahead_ms: int = 80) -> Vector:
    raw = net.steady(net(torch.from_numpy(rows[None])))
    return net.to_arkit(raw)[0, 0, net.look_aheads_ms.index(look_ahead_ms)].numpy()


@pytest.mark.parametrize("step", [1, 3, 4, 7, 50, 60])
def test_a_stream_of_windows_says_what_each_window_says(net: Fuser, step: int) -> None:
    stream = Counted(net)
    for end in range(50, 400, step):
        window = ROWS[end - 50 : end]
        assert stream.at(window) == pytest.approx(plain(net, window), abs=1e-5)


def test_only_new_rows_are_computed(net: Fuser) -> None:
    stream = Counted(net)
    stream.at(ROWS[:50])
    assert stream.blocks == 13
    stream.at(ROWS[3:53])
    assert stream.blocks == 14
    stream.at(ROWS[3:53])
    assert stream.blocks == 14


def test_a_jump_in_time_is_answered_right(net: Fuser) -> None:
    stream = Counted(net)
    for start in (0, 300, 100, 101, 0):
        window = ROWS[start : start + 50]
        assert stream.at(window) == pytest.approx(plain(net, window), abs=1e-5)


def test_an_edited_past_is_seen(net: Fuser) -> None:
    stream = Counted(net)
    stream.at(ROWS[:50])
    edited = ROWS[4:54].copy()
    edited[10] = 0.0
    assert stream.at(edited) == pytest.approx(plain(net, edited), abs=1e-5)


def test_the_shapes_of_a_block_are_the_nets() -> None:
    assert (speech._BLOCK, speech._HELD, speech._ROWS) == (BLOCK_ROWS, HELD_ROWS, CALL_ROWS)
    assert Fuser().channels == speech._CHANNELS


def test_both_modes_get_a_window_of_50_rows() -> None:
    for ahead in LOOK_AHEAD_MS.values():
        spec = window_of(ahead)
        assert (spec.past_ms + spec.look_ahead_ms) // 10 == 50


def test_a_part_is_no_model_that_can_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, family in (("face", "still"), ("voice", "fuser"), ("broken", "[")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.yaml").write_text(f"family: {family}\nlicence: MIT\n")
    monkeypatch.setattr(card, "search_path", lambda kind: (tmp_path,))
    assert card.models() == ["broken", "face"]
    assert card.load_card("voice").family == "fuser"


@pytest.mark.parametrize("runtime", ["torch", "openvino"])
def test_the_fuser_of_a_folder_speaks_as_the_net_does(
    tmp_path: Path, net: Fuser, runtime: str
) -> None:
    export(net, net.examples(), tmp_path)
    for sync, ahead in LOOK_AHEAD_MS.items():
        settings = EngineSettings(runtime=runtime, sync=sync)  # type: ignore[arg-type]
        stream = open_speech(tmp_path, SIZES, settings)
        for start in (0, 3, 7):
            window = ROWS[start : start + 50]
            assert stream.at(window) == pytest.approx(plain(net, window, ahead), abs=2e-3)
