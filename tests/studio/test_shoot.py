from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawing import FakeCamera

from vcam.errors import InputError
from vcam.media import Controls
from vcam.studio.frames import SHARD, FrameStore, shard_path, write_card, write_shard
from vcam.studio.renderer import Renderer
from vcam.studio.shoot import SOUND, Scene, shoot
from vcam.studio.sound import read_sound
from vcam.studio.spoken import SPOKEN, Moment, read_spoken

SIZE = 64
COUNT = SHARD + 3


def moment(index: int) -> Controls:
    return Controls(0, pose=(0.01 * index, 0.0, 0.0))


def a_scene(folder: Path, size: int = SIZE) -> Scene:
    """Two shards, with a sound."""
    controls = tuple(moment(index) for index in range(COUNT))
    samples = np.full(1600, 0.25, np.float32)
    return Scene(folder, controls, FakeCamera("announcer2", size), {"voice": "v"}, samples)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def nothing(done: int, total: int) -> None:
    """Report nothing."""


def test_a_scene_ends_as_a_store_with_its_card_and_sound(tmp_path: Path) -> None:
    shoot([a_scene(tmp_path)], 1, nothing)
    store = FrameStore(tmp_path)
    assert store.card == {"announcer": "announcer2", "frames": COUNT, "size": SIZE, "voice": "v"}
    assert store.labels.landmarks68[SHARD + 1, 0, 0] == pytest.approx(SHARD + 1.25)
    assert store.colour(SHARD + 1)[..., 0].mean() == pytest.approx(4 * (SHARD + 1), abs=2)
    assert len(read_sound(tmp_path / SOUND)) == 1600


def test_frames_that_nobody_speaks_in_say_so(tmp_path: Path) -> None:
    shoot([replace(a_scene(tmp_path), samples=None)], 1, nothing)
    assert read_spoken(tmp_path) == ()


def test_shooting_again_adds_where_the_speech_is_from_and_leaves_the_rest(tmp_path: Path) -> None:
    shoot([a_scene(tmp_path)], 1, nothing)
    before = content(tmp_path)
    spoken = (Moment(3, "train/somebody/0001", 40_000_000),)
    shoot([replace(a_scene(tmp_path), spoken=spoken)], 1, nothing)
    after = content(tmp_path)
    assert after.pop(SPOKEN)
    assert after == before
    assert read_spoken(tmp_path) == spoken


def test_the_bytes_are_the_same_whatever_the_jobs_and_the_interruptions(tmp_path: Path) -> None:
    whole, broken = a_scene(tmp_path / "whole"), a_scene(tmp_path / "broken")
    shoot([whole], 1, nothing)

    def interrupt(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shoot([broken], 1, interrupt)
    assert shard_path(broken.folder, 0).is_file()
    assert not shard_path(broken.folder, 1).is_file()
    calls: list[int] = []
    shoot([broken], 2, lambda done, _: calls.append(done))
    assert calls == [SHARD, COUNT]
    assert content(broken.folder) == content(whole.folder)


def test_a_folder_that_was_begun_otherwise_is_left_alone_and_said(tmp_path: Path) -> None:
    scene = a_scene(tmp_path)
    shoot([scene], 1, nothing)
    before = content(tmp_path)
    with pytest.raises(InputError, match=rf"begun with another size \({SIZE}, wanted 128\)\. Give"):
        shoot([a_scene(tmp_path, size=128)], 1, nothing)
    fewer, other = scene.controls[:-1], (*scene.controls[:-1], Controls(0, pose=(0.1, 0.0, 0.0)))
    with pytest.raises(InputError, match=rf"number of frames \({COUNT}, wanted {COUNT - 1}\)"):
        shoot([replace(scene, controls=fewer)], 1, nothing)
    with pytest.raises(InputError, match="begun with another seed or speech set"):
        shoot([replace(scene, controls=other)], 1, nothing)
    assert content(tmp_path) == before


@pytest.mark.parametrize("plan", [b"0123456789abcdef\n", b"", b"\xff\xfe\n"])
def test_a_folder_whose_plan_says_nothing_is_left_alone(tmp_path: Path, plan: bytes) -> None:
    (tmp_path / "plan.txt").write_bytes(plan)
    with pytest.raises(InputError, match="was begun by another vcam, whose plan cannot be"):
        shoot([a_scene(tmp_path)], 1, nothing)
    assert (tmp_path / "plan.txt").read_bytes() == plan


def test_frames_of_two_looks_are_never_mixed(tmp_path: Path) -> None:
    scene = a_scene(tmp_path)
    shoot([scene], 1, nothing)
    brighter = replace(scene, camera=FakeCamera("announcer2", SIZE, brightness=1.0))
    with pytest.raises(InputError, match="begun with another look of the announcer"):
        shoot([brighter], 1, nothing)


def test_what_the_real_renderer_draws_is_stored(tmp_path: Path, renderer: Renderer) -> None:
    controls = [Controls(0), moment(20)]
    drawn = [renderer.render(c) for c in controls]
    write_shard(tmp_path, 0, controls, drawn)
    write_card(tmp_path, {"frames": 2})
    store = FrameStore(tmp_path)
    assert np.array_equal(store.alpha(1), drawn[1].rgba[..., 3])
    assert np.array_equal(store.parts(1), drawn[1].parts)
    assert np.abs(store.colour(1) - drawn[1].rgba[..., :3].astype(float)).mean() < 4
    assert np.abs(store.flow(1)[0] - drawn[1].flow).max() <= 1 / 32
