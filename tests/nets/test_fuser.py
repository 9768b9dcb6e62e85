import pytest
import torch
from torch import Tensor

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.nets.fuser import (
    BANDS,
    CALL_ROWS,
    LIVE_MS,
    LOOK_AHEADS_MS,
    SPEECH_SHAPES,
    WINDOW_ROWS,
    Fuser,
)


def fuser() -> Fuser:
    torch.manual_seed(1)
    return Fuser(frequency=(4, 8, 8), channels=16, branch=8).eval()


def sound(rows: int, seed: int = 2) -> Tensor:
    return torch.randn(1, rows, BANDS, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
@pytest.mark.parametrize("new", [1, 3, 4, 10, 48])
def test_a_stream_says_what_the_whole_recording_says(new: int) -> None:
    net, rows = fuser(), sound(150)
    offline = net.to_arkit(net.steady(net(rows)))
    held = net.embed(rows[:, :CALL_ROWS])
    for end in range(CALL_ROWS, 151, new):
        if end > CALL_ROWS:
            fresh = net.embed(rows[:, end - new : end])
            held = torch.cat([held, fresh], dim=1)[:, -CALL_ROWS:]
        for place, ahead in enumerate(LOOK_AHEADS_MS):
            streamed = net.express(held, ahead)[0]
            assert torch.allclose(streamed, offline[0, end - CALL_ROWS, place], atol=1e-5)


@torch.no_grad()
def test_every_second_answer_is_the_same_answer() -> None:
    net, rows = fuser(), sound(151)
    assert torch.allclose(net(rows, every=2), net(rows)[:, ::2], atol=1e-5)


@torch.no_grad()
def test_the_window_is_used_whole_and_nothing_else() -> None:
    net, rows = fuser(), sound(WINDOW_ROWS + 2)
    before = net(rows)[0, 1]
    for row, matters in ((0, False), (1, True), (WINDOW_ROWS, True), (WINDOW_ROWS + 1, False)):
        other = rows.clone()
        other[0, row] += 10.0
        assert (not torch.allclose(net(other)[0, 1], before)) == matters


@torch.no_grad()
def test_only_what_speech_moves_is_set_and_both_sides_alike() -> None:
    net = fuser()
    weights = net.to_arkit(torch.rand(5, len(SPEECH_SHAPES)) * 3 - 1)
    assert weights.shape == (5, len(ARKIT_NAMES))
    assert weights.min() == 0.0
    assert weights.max() == 1.0
    assert torch.equal(
        weights[:, ARKIT_INDEX["mouthSmileLeft"]], weights[:, ARKIT_INDEX["mouthSmileRight"]]
    )
    still = [i for n, i in ARKIT_INDEX.items() if n.startswith(("eye", "brow", "cheek", "nose"))]
    assert not weights[:, still].any()


def test_the_shipped_size_is_as_large_as_documented() -> None:
    assert sum(p.numel() for p in Fuser().parameters()) == 759_340


@torch.no_grad()
def test_the_graphs_of_a_call_are_the_net_in_parts() -> None:
    net, rows = fuser(), sound(CALL_ROWS)
    graphs = net.graphs()
    blocks = [graphs["embed"](rows[:, start : start + 5]) for start in range(0, CALL_ROWS, 5)]
    embedded = torch.cat(blocks, dim=1)
    for ahead in LIVE_MS:
        whole = net.to_arkit(net.steady(net(rows)))[:, 0, LOOK_AHEADS_MS.index(ahead)]
        assert torch.allclose(graphs[f"express_{ahead}"](embedded), whole, atol=1e-5)
