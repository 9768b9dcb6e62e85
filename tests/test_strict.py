"""Strict reading: every sentence names the place, the value and the nearest valid one."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from vcam.errors import ProfileError
from vcam.strict import Reader, Value, nearest, read_yaml


@dataclass(frozen=True)
class Lamp:
    """A leaf group."""

    watts: int = field(default=5, metadata={"low": 1, "high": 60})
    colour: Literal["warm", "cold"] = "warm"
    name: str | None = None


@dataclass(frozen=True)
class Room:
    """A tree of two levels."""

    title: str
    lamp: Lamp = field(default_factory=Lamp)
    box: tuple[int, int] = (0, 0)
    height: float = 2.5


READER = Reader(Room, ProfileError)


def read(raw: object) -> Room:
    room: Room = READER.build(READER.flatten(raw, "room.yaml"))
    return room


def test_a_full_tree_is_read() -> None:
    raw = {"title": "hall", "lamp": {"watts": 9, "name": None}, "box": [1, 2], "height": 3}
    assert read(raw) == Room("hall", Lamp(9, "warm", None), (1, 2), 3.0)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (
            {"title": "x", "lamp": {"wats": 3}},
            "room.yaml: lamp.wats = 3: unknown key; did you mean 'watts'?",
        ),
        (
            {"title": "x", "zzz": 3},
            "room.yaml: zzz = 3: unknown key; known here: box, height, lamp, title",
        ),
        (
            {"title": "x", "lamp": {"watts": "many"}},
            "room.yaml: lamp.watts = 'many': wanted a whole number, found text",
        ),
        (
            {"title": "x", "lamp": {"watts": True}},
            "room.yaml: lamp.watts = True: wanted a whole number, found true or false",
        ),
        (
            {"title": "x", "lamp": {"watts": 99}},
            "room.yaml: lamp.watts = 99: wanted 1 to 60; the nearest is 60",
        ),
        (
            {"title": "x", "lamp": {"colour": "worm"}},
            "room.yaml: lamp.colour = 'worm': wanted one of warm, cold; did you mean 'warm'?",
        ),
        (
            {"title": "x", "lamp": 4},
            "room.yaml: lamp = 4: wanted keys with values, found a whole number",
        ),
        ({"lamp": {"watts": 3}}, "room.yaml: key 'title' is missing; add it"),
        ({"title": "x", "box": [1]}, "room.yaml: box = [1]: wanted a list of 2, found a list"),
        ([1, 2], "room.yaml: wanted keys with values, found a list"),
        (None, "room.yaml: wanted keys with values, found nothing"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(raw: object, sentence: str) -> None:
    with pytest.raises(ProfileError) as caught:
        read(raw)
    assert str(caught.value) == sentence


def test_a_flag_is_named_as_it_was_typed() -> None:
    values = READER.flatten({"title": "x"}, "room.yaml") | {"lamp.watts": Value(0, "--watts")}
    with pytest.raises(ProfileError, match=r"^--watts 0: wanted 1 to 60; the nearest is 1$"):
        READER.build(values)


def test_broken_yaml_names_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("title: x\nlamp: [1, 2\n")
    with pytest.raises(ProfileError, match=r"bad.yaml: broken YAML in line 3, column 1: "):
        read_yaml(file, ProfileError)


def test_yaml_never_builds_objects(tmp_path: Path) -> None:
    file = tmp_path / "evil.yaml"
    file.write_text("title: !!python/object/apply:os.system ['true']\n")
    with pytest.raises(ProfileError, match="broken YAML in line 1"):
        read_yaml(file, ProfileError)


def test_a_binary_file_is_not_yaml(tmp_path: Path) -> None:
    file = tmp_path / "picture.yaml"
    file.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ProfileError, match=r"wanted a YAML text file"):
        read_yaml(file, ProfileError)


def test_nothing_is_near_a_word_that_resembles_none() -> None:
    assert nearest("qqqq", ["watts", "colour"]) is None
