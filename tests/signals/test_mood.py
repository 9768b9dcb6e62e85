from typing import get_args

import numpy as np
import pytest

from vcam.arkit import ARKIT_INDEX, ARKIT_NAMES
from vcam.media import SECOND_NS, Mood
from vcam.signals.mood import MOODS, Face, weights


def test_every_mood_has_its_line() -> None:
    assert set(MOODS) == set(get_args(Mood))


def test_a_name_without_a_side_means_both() -> None:
    expression = weights({"mouthSmile": 0.5, "browInnerUp": 0.25})
    found = {ARKIT_NAMES[n]: expression[n] for n in np.flatnonzero(expression)}
    assert found == {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5, "browInnerUp": 0.25}
    assert expression.dtype == np.float32


def test_a_name_that_arkit_does_not_know_is_refused() -> None:
    with pytest.raises(KeyError, match="mouthGrin"):
        weights({"mouthGrin": 0.5})


def test_warm_smiles_and_serious_frowns_and_neutral_does_nothing() -> None:
    warm, serious, neutral = (weights(MOODS[mood].face) for mood in ("warm", "serious", "neutral"))
    assert warm[ARKIT_INDEX["mouthSmileLeft"]] > 0.1
    assert serious[ARKIT_INDEX["browDownRight"]] > 0.1
    assert not neutral.any()


@pytest.mark.parametrize("mood", get_args(Mood))
def test_brows_live_and_follow_emphasis_a_little(mood: Mood) -> None:
    face = Face(MOODS[mood], 1.0, seed=1)
    times = [n * SECOND_NS // 5 for n in range(3000)]
    quiet = np.array([face.at(t, 0.0, 1.0) for t in times])
    loud = np.array([face.at(t, 1.0, 1.0) for t in times])
    assert min(quiet.min(), loud.min()) >= 0
    assert max(quiet.max(), loud.max()) <= 0.4
    inner = ARKIT_INDEX["browInnerUp"]
    assert 0.005 < quiet[:, inner].std() < 0.05
    assert 0.01 < (loud - quiet)[:, inner].mean() < 0.2


@pytest.mark.parametrize("mood", get_args(Mood))
def test_a_face_without_life_of_its_own_keeps_the_mood(mood: Mood) -> None:
    face = Face(MOODS[mood], 0.0, seed=1)
    for n in range(100):
        assert (
            face.at(n * SECOND_NS, emphasis=1.0, speaking=0.0) == weights(MOODS[mood].face)
        ).all()
