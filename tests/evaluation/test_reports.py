"""Files that a measurement leaves."""

import json
from pathlib import Path

import pytest

from vcam.errors import OutputError
from vcam.evaluation.reports import check_writable, make_folder, write_json


def test_trying_a_file_changes_nothing_in_it(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    file.write_text("{}")
    check_writable(file, "--json")
    assert file.read_text() == "{}"


def test_what_cannot_be_written_names_its_flag(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"--plots .*: cannot be written \(No such file"):
        check_writable(tmp_path / "none" / "x.png", "--plots")
    with pytest.raises(OutputError, match=r"--json .*; choose another file"):
        write_json(tmp_path, {})


def test_a_place_that_is_a_file_is_no_folder(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b", "--sheet")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"--sheet .*: cannot be made a folder \(File exists\);"):
        make_folder(tmp_path / "file", "--sheet")


def test_what_is_no_number_is_null(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    write_json(file, {"a": [float("nan"), 1.5], "b": {"c": float("inf")}})
    assert json.loads(file.read_text()) == {"a": [None, 1.5], "b": {"c": None}}
