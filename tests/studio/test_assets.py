"""Finding the assets, and saying what is missing."""

from pathlib import Path

import numpy as np
import pytest

from vcam.errors import AssetError
from vcam.studio.assets import HeadAsset, find_assets, load_head, load_obj


def test_a_folder_without_the_head_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(AssetError) as caught:
        find_assets(tmp_path)
    message = str(caught.value)
    assert message.startswith(f"No ict/ict.npz in the assets folder {tmp_path}.")
    assert "ICT-VGL/ICT-FaceKit" in message
    assert "--assets" in message


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ict").mkdir()
    (tmp_path / "ict" / "ict.npz").touch()
    monkeypatch.setenv("VCAM_ASSETS", str(tmp_path))
    assert find_assets() == tmp_path


def test_a_chosen_folder_beats_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCAM_ASSETS", str(tmp_path / "elsewhere"))
    (tmp_path / "ict").mkdir()
    (tmp_path / "ict" / "ict.npz").touch()
    assert find_assets(tmp_path) == tmp_path


def test_a_damaged_head_file_is_an_asset_error(tmp_path: Path) -> None:
    (tmp_path / "ict").mkdir()
    (tmp_path / "ict" / "ict.npz").write_bytes(b"not a zip file")
    with pytest.raises(AssetError, match="is not the packed head model"):
        load_head(tmp_path)


def test_a_missing_garment_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"No garment file .*suit\.obj"):
        load_obj(tmp_path / "suit.obj")


def test_an_obj_is_read_with_its_uvs(tmp_path: Path) -> None:
    text = "# made by hand\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0.5\nf 1/1 2/1 3/1\n"
    (tmp_path / "one.obj").write_text(text)
    mesh = load_obj(tmp_path / "one.obj")
    assert mesh.faces == [[0, 1, 2]]
    assert mesh.face_uvs == [[0, 0, 0]]
    np.testing.assert_array_equal(mesh.uvs, np.array([[0, 0.5]], np.float32))


def test_the_head_model_is_the_light_one(head_asset: HeadAsset) -> None:
    assert head_asset.vertices.shape == (26719, 3)
    assert head_asset.expression_deltas.shape == (57, 26719, 3)
    assert head_asset.identity_deltas.shape == (100, 26719, 3)
