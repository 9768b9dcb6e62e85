"""The command line as a user meets it: one sentence for each mistake, and the right exit code."""

import json
import os
import signal
import socket
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from vcam import call, resources
from vcam.call import Outcome, Report
from vcam.cli import main
from vcam.engines import card

ROOT = Path(__file__).parent.parent


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """A second of something voice-like as a WAV file."""
    file = tmp_path / "speech.wav"
    t = np.arange(16_000) / 16_000
    wave = np.sin(2 * np.pi * 140 * t) * (1 + np.sin(2 * np.pi * 4 * t)) * 0.2
    write_wav(file, wave.astype(np.float32))
    return file


def write_wav(file: Path, samples: np.ndarray) -> None:
    with av.open(str(file), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        if len(samples):
            pcm = (samples * 32767).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
            frame.sample_rate = 16_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """Run a command; return its exit code and what it wrote to stderr."""
    code = main([str(word) for word in words])
    return code, capsys.readouterr().err


Making = Callable[[Path], list[object]]


def _file(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def _yaml(text: str) -> Making:
    return lambda folder: ["--profile", _file("mine.yaml", text.encode())(folder)]


def _audio(name: str, content: bytes) -> Making:
    return lambda folder: ["--to", "null", "--audio", _file(name, content)(folder)]


def _sound(folder: Path, name: str = "talk.wav", rate: int = 16_000) -> Path:
    """Return a WAV of a tenth of a second, whatever its name."""
    with wave.open(str(folder / name), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(bytes(2 * 1600))
    return folder / name


def _empty_wav(folder: Path) -> list[object]:
    write_wav(folder / "empty.wav", np.zeros(0, np.float32))
    return ["--to", "null", "--audio", folder / "empty.wav"]


MISTAKES: dict[str, tuple[Making, str]] = {
    "unknown profile": (lambda _: ["--profile", "anouncer3"], "did you mean 'announcer3'?"),
    "broken YAML": (_yaml("identity: [announcer1\n"), "broken YAML in line 2"),
    "typo key": (
        _yaml("identity: announcer1\nvideo: {fsp: 30}\n"),
        "video.fsp = 30: unknown key; did you mean 'fps'?",
    ),
    "missing audio": (lambda f: ["--to", "null", "--audio", f / "none.wav"], "none.wav"),
    "folder as audio": (lambda f: ["--to", "null", "--audio", f], "folder"),
    "empty file": (_audio("empty.wav", b""), "empty.wav"),
    "empty audio": (_empty_wav, "empty.wav"),
    "text file as audio": (_audio("notes.txt", b"these are words, not sound\n"), "notes.txt"),
    "no frames": (lambda _: ["--fps", "0"], "--fps 0: wanted 1 to 60; the nearest is 1"),
    "odd size": (lambda _: ["--size", "1281x720"], "the nearest is 1282x720"),
    "unwritable folder": (lambda f: ["--to", f"file:{f}/none/out.mp4"], "none"),
    "unknown suffix": (lambda f: ["--to", f"file:{f}/out.gif"], ".gif"),
    "unknown output": (lambda _: ["--to", "camra"], "did you mean 'camera'?"),
    "bad port": (lambda _: ["--to", "page:http"], "wanted a port, 0 to 65535"),
    "no file": (lambda _: ["--to", "file:"], "names no file"),
    "two sources": (lambda _: ["--mic", "1", "--audio", "x.wav"], "give one of them"),
    "fast microphone": (lambda _: ["--fast", "--to", "null"], "--fast needs a recording"),
    "fast camera": (lambda _: ["--fast", "--audio", "x.wav", "--to", "camera"], "cannot hurry"),
    "no time": (lambda _: ["--duration", "0"], "wanted seconds, above 0"),
    "not a time": (lambda _: ["--duration", "nan"], "--duration nan: wanted seconds, above 0"),
    "for ever": (lambda _: ["--duration", "inf"], "at most 1000000"),
    "nobody's home": (lambda _: ["--to", "null", "--audio", "~nobody-9/x.wav"], "~nobody-9/x.wav"),
    "nobody's film": (lambda _: ["--to", "file:~nobody-9/x.mp4"], "there is no folder"),
    "nobody's profile": (lambda _: ["--profile", "~nobody-9/x.yaml"], "no profile file"),
    "nobody's picture": (lambda _: ["--background", "~nobody-9/x.png"], "no such file"),
    "endless sound": (lambda _: ["--to", "null", "--audio", f"{LONG}.wav"], "cannot be read"),
    "endless film": (lambda f: ["--to", f"file:{f}/{LONG}.mp4"], "cannot be written"),
    "endless profile": (lambda _: ["--profile", f"{LONG}.yaml"], "no profile file"),
    "twice the same": (
        _yaml("identity: announcer1\nvideo: {fps: 25}\nvideo: {mirror: true}\n"),
        "broken YAML in line 3, column 1: the key 'video' comes twice",
    ),
    "empty audio name": (lambda _: ["--audio", "", "--to", "null"], "--audio '' names nothing"),
    "empty microphone": (lambda _: ["--mic", "", "--to", "null"], "--mic '' names nothing"),
    "empty cable": (lambda _: ["--mic-out", "", "--to", "null"], "--mic-out '' names nothing"),
    "no address": (lambda _: ["--to", "whip:key@foo"], "'foo' is no address of a WHIP server"),
    "stats over sound": (
        lambda f: ["--audio", _sound(f), "--to", "null", "--stats", f / "." / "talk.wav"],
        "--audio and --stats both name",
    ),
    "film over sound": (
        lambda f: ["--audio", _sound(f, "talk.mp4"), "--to", f"file:{f}/talk.mp4"],
        "--audio and --to file both name",
    ),
    "film over film": (
        lambda f: ["--audio", DEMO, "--to", f"file:{f}/a.mp4", "--to", f"file:{f}/a.mp4"],
        "--to file and --to file both name",
    ),
    "forty samples": (
        lambda f: ["--to", "null", "--audio", _sound(f, rate=40)],
        "has 40 samples a second",
    ),
    "no day": (_yaml("title: 2024-02-30\n"), "day is out of range for month"),
    "unknown flag": (lambda _: ["--bakground", "blur"], "did you mean '--background'?"),
    "unknown word of a command": (
        lambda _: ["train", "lite", "--sied", "256"],
        "unrecognized arguments: --sied 256; did you mean '--side'?",
    ),
    "unknown command": (lambda _: ["profils"], "did you mean 'profiles'?"),
    "unwritable stats": (
        lambda f: ["--audio", DEMO, "--to", "null", "--stats", f / "none" / "s.jsonl"],
        "cannot be written",
    ),
}
DEMO = ROOT / "vcam" / "audio" / "demo.ogg"
LONG = "x" * 300
"""Longer than a file's name may be: asking for it fails, as it does in a folder that is shut."""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    mistake: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    making, wanted = MISTAKES[mistake]
    code, error = said(capsys, *making(tmp_path))
    assert code == 2
    assert wanted in error
    assert error.startswith("vcam: ")
    assert len(error.strip().splitlines()) == 1
    assert "Traceback" not in error


def test_an_unreadable_recording_is_said(speech: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if os.geteuid() == 0:
        pytest.skip("root can read everything")
    speech.chmod(0)
    code, error = said(capsys, "--audio", speech, "--to", "null")
    assert (code, "speech.wav" in error) == (2, True)


def test_a_port_in_use_is_said(
    taken_port: int, speech: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, error = said(capsys, "--audio", speech, "--to", f"page:{taken_port}")
    assert code == 2
    assert str(taken_port) in error


def test_a_missing_weights_file_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "lost"
    folder.mkdir()
    (folder / "model.yaml").write_text("family: still\nlicence: MIT\nweights: {net.bin: '00'}\n")
    monkeypatch.setattr(card, "search_path", lambda _: (tmp_path, resources.shipped("models")))
    code, error = said(capsys, "--engine", "lost", "--to", "null", "--audio", DEMO)
    assert code == 2
    assert "net.bin' cannot be read (No such file or directory); install vcam again" in error


def test_an_unknown_microphone_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, error = said(capsys, "--mic", "no such thing", "--to", "null")
    assert code in (2, 3)  # 3 where this machine has no microphone at all
    assert len(error.strip().splitlines()) == 1


@pytest.mark.skipif(Path("/dev/video0").exists(), reason="this machine has a camera device")
def test_a_missing_camera_driver_names_the_command_that_mends_it(
    speech: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, error = said(capsys, "--audio", speech, "--to", "camera")
    assert code == 3
    if sys.platform == "linux":
        assert "modprobe v4l2loopback exclusive_caps=1 card_label=vcam" in error


def test_fast_rendering_gives_the_same_frames_for_the_same_seed(
    speech: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    films = []
    for name in ("a.mp4", "b.mp4"):
        words = ("--audio", speech, "--to", f"file:{tmp_path / name}", "--fast", "--seed", 7)
        assert said(capsys, *words)[0] == 0
        with av.open(str(tmp_path / name)) as film:
            films.append([frame.to_ndarray() for frame in film.decode(video=0)])
    assert len(films[0]) == 30
    assert all(np.array_equal(a, b) for a, b in zip(*films, strict=True))


def test_the_stats_file_ends_with_the_summary(
    speech: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "stats.jsonl"
    code, _ = said(capsys, "--audio", speech, "--to", "null", "--stats", file)
    assert code == 0
    summary = json.loads(file.read_text().splitlines()[-1])
    assert summary["kind"] == "summary"
    assert summary["frames_due"] in (29, 30, 31)


def test_duration_ends_a_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = tmp_path / "out.mp4"
    words = ("--audio", DEMO, "--to", f"file:{film}", "--fast", "--duration", 0.5)
    assert said(capsys, *words)[0] == 0
    with av.open(str(film)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 15


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_recording_plays_and_the_exit_code_is_130(
    ending: signal.Signals, tmp_path: Path
) -> None:
    film = tmp_path / "out.mp4"
    started = subprocess.Popen(
        [
            sys.executable,
            "run_vcam.py",
            "--engine",
            "still",
            "--audio",
            DEMO,
            "--to",
            f"file:{film}",
            "--quiet",
        ],
        cwd=ROOT,
        stderr=subprocess.PIPE,
    )
    with pytest.raises(subprocess.TimeoutExpired):
        started.wait(6)
    started.send_signal(ending)
    _, error = started.communicate(timeout=20)
    assert (started.returncode, error) == (130, b"")
    with av.open(str(film)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        length_s = float(video.duration * video.time_base)
        assert length_s > 1
        assert abs(length_s - float(audio.duration * audio.time_base)) <= 1 / 30


def test_a_command_without_its_extra_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    for name in [name for name in sys.modules if name.startswith("vcam.studio")]:
        monkeypatch.delitem(sys.modules, name)
    code, error = said(capsys, "studio", "preview", "announcer3")
    assert code == 2
    assert "python3 -m pip install '.[studio]'" in error


def test_show_profile_names_the_origin_of_each_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--show-profile", "--fps", "25"]) == 0
    out = capsys.readouterr().out
    assert "video.fps = 25  # --fps" in out
    assert "video.size = 1280x720  # default" in out
    assert "life.mood = 'neutral'  # default" in out
    assert "announcer3.yaml" in out


def test_profiles_lists_the_six_announcers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profiles"]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 6


def test_a_quiet_call_still_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def lose_something(_: object, __: object, report: Report, ___: object) -> Outcome:
        report("The microphone was lost.")
        return Outcome({}, (), interrupted=False)

    monkeypatch.setattr(call, "hold", lose_something)
    assert main(["--quiet", "--to", "null"]) == 0
    assert capsys.readouterr() == ("", "The microphone was lost.\n")
