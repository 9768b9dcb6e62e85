"""Profiles: layers, origins, and every file that ships."""

from pathlib import Path

import pytest

from vcam import resources
from vcam.engines.card import candidates, load_card
from vcam.errors import ProfileError
from vcam.identity import load_identity
from vcam.profile import find_profile, load_profile, profile_files

ANNOUNCERS = [f"announcer{number}" for number in range(1, 7)]


def write(folder: Path, text: str) -> str:
    file = folder / "mine.yaml"
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize("name", ANNOUNCERS)
def test_every_shipped_profile_has_its_face_and_its_model(name: str) -> None:
    profile = load_profile(name).profile
    assert profile.name == name
    assert load_identity(profile.identity).plate.shape[:2] == (720, 1280)
    assert all(load_card(model).family for model in candidates(profile.model))


def test_flags_lie_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    file = write(tmp_path, "identity: announcer1\nvideo: {fps: 25}\n")
    loaded = load_profile(file, {"life.mood": ("--mood", "warm")})
    assert (loaded.profile.video.fps, loaded.profile.life.mood) == (25, "warm")
    assert loaded.origins["video.fps"].origin == file
    assert loaded.origins["life.mood"].origin == "--mood"
    assert loaded.origins["seed"].origin == "default"


def test_a_size_is_read_as_people_write_it(tmp_path: Path) -> None:
    file = write(tmp_path, "identity: announcer1\nvideo: {size: 640x360}\n")
    assert load_profile(file).profile.video.size == (360, 640)


@pytest.mark.parametrize(
    ("flag", "key", "value", "sentence"),
    [
        ("--fps", "video.fps", 0, "--fps 0: wanted 1 to 60; the nearest is 1"),
        (
            "--size",
            "video.size",
            "1281x720",
            "--size 1281x720: video needs even numbers; the nearest is 1282x720",
        ),
        ("--size", "video.size", "big", "--size big: wanted WIDTHxHEIGHT, e.g. 1280x720"),
        ("--size", "video.size", "2x2", "--size 2x2: wanted 64x64 to 3840x2160"),
        (
            "--background",
            "video.background",
            "blurr",
            "--background blurr: wanted keep, blur, #RRGGBB or a picture file; no such file; "
            "did you mean 'blur'?",
        ),
        (
            "--background",
            "video.background",
            "#12",
            "--background #12: wanted a colour like #20304A",
        ),
    ],
)
def test_a_wrong_flag_is_one_sentence(flag: str, key: str, value: object, sentence: str) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile("announcer3", {key: (flag, value)})
    assert str(caught.value) == sentence


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(ProfileError, match=r"unknown profile 'anouncer3'; did you mean 'announcer"):
        find_profile("anouncer3")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no profile file"):
        find_profile(str(tmp_path / "none.yaml"))


def test_a_users_own_profile_hides_the_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources.platformdirs, "user_config_path", lambda _: tmp_path)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "announcer3.yaml").write_text("identity: announcer5\n")
    assert load_profile("announcer3").profile.identity == "announcer5"
    assert list(profile_files()) == ANNOUNCERS
    (tmp_path / "profiles" / "evening.yml").write_text("identity: announcer1\n")
    assert load_profile("evening").profile.identity == "announcer1"


def test_an_unknown_identity_gets_the_nearest_one() -> None:
    with pytest.raises(ProfileError, match=r"unknown identity 'anouncer1'; did you mean"):
        load_identity("anouncer1")
