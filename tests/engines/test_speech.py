from pathlib import Path

import numpy as np
import pytest
import torch

from vcam.engines import card
from vcam.engines.speech import LOOK_AHEAD_MS, SpeechStream, open_speech, window
from vcam.media import Vector
from vcam.nets.fuser import Fuser
from vcam.profile import EngineSettings
from vcam.training.export import export

ROWS = np.random.default_rng(3).random((400, 80)).astype(np.float32)


class Net:
    """A net whose answer depends on every row and its place."""

    def __init__(self) -> None:
        self.blocks = 0

    def embed(self, rows: Vector) -> Vector:
        assert rows.shape == (1, 4, 80)
        self.blocks += 1
        return np.tanh(rows[..., :16] * 3.0)

    def express(self, embedded: Vector) -> Vector:
        assert embedded.shape == (1, 50, 16)
        return (embedded * np.arange(1, 51)[:, None]).sum(axis=1) @ np.ones((16, 52), np.float32)


def plain(rows: Vector) -> Vector:
    return Net().express(np.tanh(rows[None, :, :16] * 3.0))[0]


@pytest.mark.parametrize("step", [1, 3, 4, 7, 50, 60])
def test_a_stream_of_windows_says_what_each_window_says(step: int) -> None:
    net = Net()
    stream = SpeechStream(net.embed, net.express)
    for end in range(50, 400, step):
        assert stream.at(ROWS[end - 50 : end]) == pytest.approx(plain(ROWS[end - 50 : end]))


def test_only_new_rows_are_embedded() -> None:
    net = Net()
    stream = SpeechStream(net.embed, net.express)
    stream.at(ROWS[:50])
    assert net.blocks == 13
    stream.at(ROWS[3:53])
    assert net.blocks == 14
    stream.at(ROWS[3:53])
    assert net.blocks == 14


def test_a_jump_in_time_is_answered_right() -> None:
    net = Net()
    stream = SpeechStream(net.embed, net.express)
    for start in (0, 300, 100, 101, 0):
        assert stream.at(ROWS[start : start + 50]) == pytest.approx(plain(ROWS[start : start + 50]))


def test_an_edited_past_is_seen() -> None:
    net = Net()
    stream = SpeechStream(net.embed, net.express)
    stream.at(ROWS[:50])
    edited = ROWS[4:54].copy()
    edited[10] = 0.0
    assert stream.at(edited) == pytest.approx(plain(edited))


def test_both_modes_get_a_window_of_50_rows() -> None:
    for ahead in LOOK_AHEAD_MS.values():
        spec = window(ahead)
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
def test_the_fuser_of_a_folder_speaks_as_the_net_does(tmp_path: Path, runtime: str) -> None:
    torch.manual_seed(0)
    sizes = {"frequency": [4, 8, 8], "channels": 16, "branch": 8}
    net = Fuser(**sizes).eval()  # type: ignore[arg-type]
    export(net, net.examples(), tmp_path)
    for sync, ahead in LOOK_AHEAD_MS.items():
        settings = EngineSettings(runtime=runtime, sync=sync)  # type: ignore[arg-type]
        stream = open_speech(tmp_path, sizes, settings)
        with torch.no_grad():
            embedded = net.embed(torch.from_numpy(ROWS[None, :50]))
            wanted = net.express(embedded, ahead)[0].numpy()
        assert stream.at(ROWS[:50]) == pytest.approx(wanted, abs=2e-3)
