"""The fuser's mistakes at the moments of a training set: its mouth less the true one."""

from pathlib import Path

import numpy as np
import pytest

from tests.audio.speech import DEMO, load
from tests.lite_faces import write_frames
from vcam.arkit import ARKIT_INDEX
from vcam.engines.talker import Talker, load_talker
from vcam.errors import InputError
from vcam.media import Samples, Vector, frame_due_ns
from vcam.profile import EngineSettings
from vcam.studio.frames import FrameStore
from vcam.studio.sound import SOUND_RATE, write_flac
from vcam.studio.spoken import Moment, write_spoken
from vcam.training.by_ear import mistakes

JAW = ARKIT_INDEX["jawOpen"]


@pytest.fixture(scope="module")
def talker() -> Talker:
    """Return the shipped fuser, as a call uses it."""
    return load_talker("fuser", EngineSettings(precision="fp32"))


def write_recording(speech: Path, path: str, samples: Samples, jaw: Vector) -> None:
    """Write a recording of a speech set whose jaw moves like `jaw` (T,) at 100 a second."""
    (speech / path).parent.mkdir(parents=True, exist_ok=True)
    write_flac(speech / f"{path}.flac", samples)
    np.savez_compressed(
        speech / f"{path}.npz",
        weights=jaw[:, None].astype(np.float16),
        names=np.array(["jawOpen"]),
        letters=np.array([], "U1"),
        edges=np.zeros((0, 2), np.float32),
    )


def training(folder: Path, *moments: Moment) -> FrameStore:
    write_frames(folder, count=8)
    write_spoken(folder, moments)
    return FrameStore(folder)


def test_in_silence_the_mistake_is_the_whole_true_mouth(tmp_path: Path, talker: Talker) -> None:
    ramp = np.linspace(0.0, 1.0, 101, dtype=np.float32)
    for path in ("train/a/0000", "train/b/0000"):
        write_recording(tmp_path, path, np.zeros(SOUND_RATE, np.float32), ramp)
    late, early = Moment(2, "train/a/0000", 600_000_000), Moment(5, "train/a/0000", 400_000_000)
    other = Moment(3, "train/b/0000", 200_000_000)
    found = mistakes(training(tmp_path / "frames", late, early, other), tmp_path, talker)
    jaws = {frame: float(wrong[JAW]) for frame, wrong in found.items()}
    assert jaws == pytest.approx({2: -0.6, 5: -0.4, 3: -0.2}, abs=1e-3)
    assert all(np.count_nonzero(wrong) == 1 for wrong in found.values())


def test_of_a_voice_the_mistake_is_what_the_fuser_makes_of_it(
    tmp_path: Path, talker: Talker
) -> None:
    voice, path = load(DEMO)[: 2 * SOUND_RATE], "train/a/0000"
    write_recording(tmp_path, path, voice, np.full(200, 0.25, np.float32))
    moments = [Moment(frame, path, frame_due_ns(6 * frame, 25)) for frame in range(1, 8)]
    found = mistakes(training(tmp_path / "frames", *moments), tmp_path, talker)
    jaws = np.array([float(found[frame][JAW]) for frame in range(1, 8)])
    assert np.ptp(jaws) > 0.1
    assert jaws.max() + 0.25 > 0.1
    assert jaws.min() + 0.25 >= 0.0


def test_a_speech_set_that_is_not_there_is_one_sentence(tmp_path: Path, talker: Talker) -> None:
    store = training(tmp_path / "frames", Moment(0, "train/gone/0000", 0))
    with pytest.raises(InputError, match=r"0000.flac: no such recording; give the speech set"):
        mistakes(store, tmp_path, talker)
