import numpy as np
import pytest
import torch

from vcam.nets.fuser import LOOK_AHEADS_MS, WINDOW_ROWS, Fuser
from vcam.training.answers import shapes_of, weights_of
from vcam.training.fuser_loss import aligned

ROWS = np.random.default_rng(1).random((120, 80)).astype(np.float32)


def fuser() -> Fuser:
    torch.manual_seed(1)
    return Fuser(frequency=(4, 8, 8), channels=16, branch=8).eval()


@torch.no_grad()
@pytest.mark.parametrize("ahead", LOOK_AHEADS_MS)
def test_answers_are_on_the_grid_that_the_net_was_trained_on(ahead: int) -> None:
    """Answers to a piece, laid where the loss wants them, are those of the whole recording."""
    net = fuser()
    raw = net.steady(net(torch.from_numpy(ROWS)[None]))[:, :-1].clamp(0.0, 1.0)
    whole = torch.from_numpy(shapes_of(net, ROWS, ahead))[None]
    place = LOOK_AHEADS_MS.index(ahead)
    wanted = aligned(whole, raw.shape[1] + 2, (ahead,))[:, 2:, 0]
    # The last ones would need rows after the end of the recording.
    assert torch.allclose(raw[:, :, place], wanted, atol=1e-5)


def test_an_answer_looks_no_further_than_its_look_ahead() -> None:
    net = fuser()
    changed = ROWS.copy()
    changed[60:] = 0.0  # rows that end after 600 ms
    before, after = (shapes_of(net, rows, 80) for rows in (ROWS, changed))
    # Row 59 ends at 600 ms; with 80 ms of look-ahead it is the last for curve 52, at 525 ms.
    assert np.array_equal(before[:53], after[:53])
    assert not np.array_equal(before[53:60], after[53:60])


def test_there_is_an_answer_for_every_row() -> None:
    assert weights_of(fuser(), ROWS, 40).shape == (120, 52)
    assert WINDOW_ROWS == 48
