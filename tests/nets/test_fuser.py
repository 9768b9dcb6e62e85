import torch
from torch import Tensor

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.nets.fuser import (
    BANDS,
    BLOCK_ROWS,
    CALL_ROWS,
    HELD_ROWS,
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
def test_a_stream_says_what_the_whole_recording_says() -> None:
    net, rows = fuser(), sound(200)
    offline = net.to_arkit(net.steady(net(rows)))
    for place, ahead in enumerate(LOOK_AHEADS_MS):
        held = [torch.full((1, before, net.channels), 9.0) for before in HELD_ROWS]
        for start in range(0, 200, BLOCK_ROWS):
            weights, *fresh = net.step(rows[:, start : start + BLOCK_ROWS], held, ahead)
            known = [torch.cat(both, dim=1) for both in zip(held, fresh, strict=True)]
            held = [rows[:, BLOCK_ROWS:] for rows in known]
            if (end := start + BLOCK_ROWS) >= CALL_ROWS:
                assert torch.allclose(weights[0], offline[0, end - CALL_ROWS, place], atol=1e-5)


@torch.no_grad()
def test_every_second_answer_is_the_same_answer() -> None:
    net, rows = fuser(), sound(151)
    assert torch.allclose(net(rows, every=2), net(rows)[:, ::2], atol=1e-5)


@torch.no_grad()
def test_dropout_hides_channels_in_training_alone() -> None:
    net, rows = fuser(), sound(60)
    before = net(rows)
    net.dropout = 0.5
    assert torch.equal(net(rows), before)
    net.train()
    assert not torch.allclose(net(rows), net(rows))


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
def test_the_graphs_of_a_call_go_on_as_the_net_does() -> None:
    net, rows = fuser(), sound(BLOCK_ROWS)
    held = [torch.rand(1, before, net.channels) for before in HELD_ROWS]
    for ahead in LIVE_MS:
        found = net.graphs()[f"step_{ahead}"](rows, *held)
        for output, wanted in zip(found, net.step(rows, held, ahead), strict=True):
            assert torch.equal(output, wanted)
    assert {name: set(inputs) for name, inputs in net.examples().items()} == {
        f"step_{ahead}": {"rows", "held_1", "held_2", "held_3", "held_4"} for ahead in LIVE_MS
    }
