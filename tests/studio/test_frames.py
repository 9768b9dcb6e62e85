import pickle
from pathlib import Path

import numpy as np
import pytest
from drawing import draw

from vcam.errors import InputError
from vcam.media import Controls
from vcam.studio.frames import SHARD, FrameStore, shard_count, write_card, write_shard

SIZE = 256
COUNT = SHARD + 5


def controls(index: int) -> Controls:
    expression = np.zeros(52, np.float32)
    expression[index] = 0.5
    return Controls(index * 1000, None, False, (0.1, 0.2, index / 100), (0.3, 0.4), (-0.1, 0.1),
                    "neutral", expression if index else None)  # fmt: skip


def fill(folder: Path) -> FrameStore:
    for number in range(shard_count(COUNT)):
        indices = range(number * SHARD, min(COUNT, (number + 1) * SHARD))
        write_shard(
            folder, number, [controls(i) for i in indices], [draw(i, SIZE) for i in indices]
        )
    write_card(folder, {"frames": COUNT})
    return FrameStore(folder)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FrameStore:
    return fill(tmp_path_factory.mktemp("store"))


@pytest.mark.parametrize("index", [0, SHARD - 1, SHARD, COUNT - 1])
def test_frames_are_read_in_any_order_as_they_were_written(store: FrameStore, index: int) -> None:
    drawn = draw(index, SIZE)
    assert len(store) == COUNT
    colour = store.colour(index)
    assert colour.shape == (SIZE, SIZE, 3)
    assert np.abs(colour.astype(int) - drawn.rgba[..., :3]).mean() < 2
    assert np.array_equal(store.alpha(index), drawn.rgba[..., 3])
    assert np.array_equal(store.parts(index), drawn.parts)


def test_flow_is_kept_to_a_sixteenth_of_a_pixel(store: FrameStore) -> None:
    flow, valid = store.flow(SHARD + 1)
    assert np.abs(flow - draw(SHARD + 1, SIZE).flow).max() <= 1 / 32
    assert np.array_equal(valid, draw(0, SIZE).flow_valid)


def test_labels_are_exact(store: FrameStore) -> None:
    labels = store.labels
    assert len(labels) == COUNT
    assert np.array_equal(labels.landmarks68[7], draw(7, SIZE).landmarks68)
    assert np.array_equal(labels.landmarks478[36], draw(36, SIZE).landmarks478)
    assert np.array_equal(labels.visible478[3], draw(3, SIZE).visible478)
    assert labels.expression[SHARD, SHARD] == 0.5
    assert not labels.expression[0].any()
    assert labels.pose[12] == pytest.approx((0.1, 0.2, 0.12))
    assert (labels.t_ns == 1000 * np.arange(COUNT)).all()


def test_the_same_frames_are_the_same_bytes(store: FrameStore, tmp_path: Path) -> None:
    fill(tmp_path)
    for path in store.folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_a_store_travels_to_another_process(store: FrameStore) -> None:
    store.colour(0)
    again = pickle.loads(pickle.dumps(store))
    assert np.array_equal(again.colour(3), store.colour(3))


def test_an_unfinished_store_is_said_in_a_sentence(tmp_path: Path) -> None:
    write_shard(tmp_path, 0, [controls(0)], [draw(0, SIZE)])
    with pytest.raises(InputError, match="not a finished frame store"):
        FrameStore(tmp_path)


def test_a_damaged_frame_is_named(tmp_path: Path) -> None:
    store = fill(tmp_path)
    (tmp_path / "0001.bin").write_bytes(bytes((tmp_path / "0001.bin").stat().st_size))
    with pytest.raises(InputError, match=f"frame {SHARD} is damaged"):
        store.colour(SHARD)
