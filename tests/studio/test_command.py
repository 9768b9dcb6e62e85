"""The studio command, from its arguments to its files."""

import argparse
from pathlib import Path

import pytest
from PIL import Image as Pictures

from tests.studio.conftest import SIZE
from vcam.errors import AssetError, InputError
from vcam.studio.command import configure, run
from vcam.studio.renderer import Renderer
from vcam.studio.sheet import captioned, shots, tiled


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    configure(parser)
    return parser.parse_args(list(words))


def test_preview_writes_a_picture_and_reports_it(
    renderer: Renderer, assets: Path, tmp_path: Path
) -> None:
    del renderer  # only for its reason to skip
    lines: list[str] = []
    out = tmp_path / "face.png"
    command = ("--assets", str(assets), "preview", "announcer4", "--size", str(SIZE))
    run(parsed(*command, "--out", str(out)), lines.append)
    assert lines == [f"announcer4: {out}"]
    with Pictures.open(out) as picture:
        assert picture.size == (SIZE, SIZE)


def test_preview_of_nobody_says_who_there_is() -> None:
    with pytest.raises(InputError, match="No announcer 'anna'; there are announcer1"):
        run(parsed("preview", "anna"), print)


def test_a_wrong_assets_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"No ict/ict\.npz in the assets folder"):
        run(parsed("--assets", str(tmp_path), "preview", "announcer1"), print)


def test_a_sheet_shows_visemes_blinks_gazes_moods_and_poses(renderer: Renderer) -> None:
    listed = shots()
    assert len(listed) == 30
    assert {"AA", "MBP", "blink 0.50", "gaze up", "warm", "yaw +0.35", "roll -0.30"} <= set(listed)
    images = [captioned(renderer.render(listed[name]).rgba, name) for name in ("AA", "MBP", "TH")]
    sheet = tiled(images, 2)
    assert sheet.shape == (2 * SIZE, 2 * SIZE, 3)
    assert (sheet[SIZE:, SIZE:] == 0).all()
