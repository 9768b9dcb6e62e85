"""The studio command, from its arguments to its files."""

import argparse
from pathlib import Path

import pytest
from PIL import Image as Pictures

from tests.studio.conftest import SIZE
from vcam.errors import AssetError, InputError
from vcam.studio import command
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
    words = ("--assets", str(assets), "preview", "announcer4", "--size", str(SIZE))
    run(parsed(*words, "--out", str(out)), lines.append)
    assert lines == [f"announcer4: {out}"]
    with Pictures.open(out) as picture:
        assert picture.size == (SIZE, SIZE)


def test_preview_of_nobody_says_who_there_is() -> None:
    with pytest.raises(InputError, match="No announcer 'anna'; there are announcer1"):
        run(parsed("preview", "anna"), print)


@pytest.mark.parametrize("words", [("--assets", "DIR", "preview", "announcer1"),
                                   ("preview", "announcer1", "--assets", "DIR")])  # fmt: skip
def test_a_wrong_assets_folder_is_one_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    given = [word.replace("DIR", str(tmp_path)) for word in words]
    with pytest.raises(AssetError, match=rf"No ict/ict\.npz in the assets folder {tmp_path}"):
        run(parsed(*given), print)


@pytest.mark.parametrize(
    "subcommand", ["preview announcer1", "plates", "sheet", "speech", "render"]
)
def test_assets_are_named_before_a_subcommand_or_after_it(subcommand: str) -> None:
    words = subcommand.split()
    assert parsed(*words).assets is None
    assert parsed("--assets", "a", *words).assets == Path("a")
    assert parsed(*words, "--assets", "b").assets == Path("b")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--size", "0"], "--size 0: wanted 16 to 4096 pixels"),
        (["--size", "-5"], "--size -5: wanted 16 to 4096 pixels"),
        (["--out", "x.abc"], r"--out x\.abc: wanted a picture's name, ending in \.png, \.jpg"),
        (["--out", "DIR/none/x.png"], "--out .*: there is no folder .*/none; make it first"),
        (["--out", "DIR/folder.png"], "--out .*: cannot be written; choose another file"),
    ],
)
def test_a_picture_that_cannot_be_is_refused_before_it_is_drawn(
    words: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(command, "Renderer")
    (tmp_path / "folder.png").mkdir()
    given = [word.replace("DIR", str(tmp_path)) for word in words]
    with pytest.raises(InputError, match=sentence):
        run(parsed("preview", "announcer1", *given), print)


def test_a_sheet_without_pixels_is_refused() -> None:
    with pytest.raises(InputError, match="--size 0: wanted 16 to 4096 pixels"):
        run(parsed("sheet", "--size", "0"), print)


def test_a_sheet_shows_visemes_blinks_gazes_moods_and_poses(renderer: Renderer) -> None:
    listed = shots()
    assert len(listed) == 30
    assert {"AA", "MBP", "blink 0.50", "gaze up", "warm", "yaw +0.35", "roll -0.30"} <= set(listed)
    images = [captioned(renderer.render(listed[name]).rgba, name) for name in ("AA", "MBP", "TH")]
    sheet = tiled(images, 2)
    assert sheet.shape == (2 * SIZE, 2 * SIZE, 3)
    assert (sheet[SIZE:, SIZE:] == 0).all()
