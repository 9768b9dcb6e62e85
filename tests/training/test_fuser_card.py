"""What the card of a fuser says that it learned from."""

from pathlib import Path

from vcam.training.fuser_card import data_of, learned_from, mean_learned_from
from vcam.training.tape import Take

SAID = Take(0, 9, "a", "espeak", "en", True, "CC0-1.0")
ALIGNED = Take(9, 18, "b", "lj", "en", True, "Public domain")
UNTOLD = Take(18, 27, "c", "libri_train", "en", False, "CC-BY-4.0")


def test_only_what_was_on_the_tape_is_named() -> None:
    assert learned_from([SAID, SAID], None, None).endswith(": espeak-ng (CC0-1.0)")
    both = learned_from([SAID, ALIGNED], None, None)
    assert both.endswith(": espeak-ng (CC0-1.0), LJ Speech (Public domain)")


def test_what_nobody_told_taught_nothing() -> None:
    assert "Libri" not in learned_from([SAID, UNTOLD], None, None)


def test_a_source_that_says_no_licence_is_named_without() -> None:
    assert learned_from([Take(0, 9, "a", "flite", "en", True)], None, None).endswith(": flite")


def test_weights_without_a_card_are_of_unknown_data(tmp_path: Path) -> None:
    weights = tmp_path / "run" / "net.safetensors"
    assert data_of(weights) == "not known: run/net.safetensors is without its card"
    assert learned_from([SAID], None, weights).endswith(f"; earlier: {data_of(weights)}")
    assert mean_learned_from([weights, weights]) == data_of(weights)
