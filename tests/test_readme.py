"""README is true: its commands run as printed, its profile is read, its checks are CI's."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vcam import cli
from vcam.profile import load_profile

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.S | re.M)
SHELL = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
COMMANDS = [line for line in SHELL if line.startswith("python3 run_vcam.py")]
INSTALLS = [line for line in SHELL if "pip install" in line]
LONG = [
    line
    for kind, block in BLOCKS
    for line in block.splitlines()
    if not kind and line.startswith("python3 run_vcam.py")
]
"""Commands that take hours: parsed, not run."""
BOUNDED = ("profiles", "devices", "doctor", "bench", "studio", "--fast")
"""Words of commands that end by themselves."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like the checkout, to write into."""
    for name in ("run_vcam.py", "vcam", "profiles", "models"):
        (tmp_path / name).symlink_to(ROOT / name)
    speech = (np.sin(np.arange(32_000) / 18) * 6000).astype("<i2")
    (tmp_path / "speech.pcm").write_bytes(speech.tobytes())
    return tmp_path


@pytest.mark.parametrize("command", [line for line in COMMANDS if "studio" not in line])
def test_every_command_runs_as_printed(command: str, checkout: Path) -> None:
    words = shlex.split(command)[1:]
    stdin = None
    if "<" in words:
        stdin = (checkout / words[-1]).read_bytes()
        words = words[: words.index("<")]
    if not set(words) & set(BOUNDED):
        words += ["--duration", "1"]
    done = subprocess.run(
        [sys.executable, *words], cwd=checkout, input=stdin, capture_output=True, timeout=280
    )
    said = (done.stdout + done.stderr).decode()
    assert "Traceback" not in said
    # A machine without camera or microphone says so with 3, and that is the right answer there.
    assert done.returncode == 0 or (done.returncode == 3 and re.search("camera|PortAudio", said)), (
        said
    )


@pytest.mark.parametrize("command", LONG)
def test_every_long_command_is_one_that_vcam_understands(command: str) -> None:
    name, *rest = shlex.split(command)[2:]
    parser = cli.Parser(prog=f"vcam {name}")
    cli.COMMANDS[name].configure(parser)
    parser.parse_args(rest)


def test_the_profile_is_read(tmp_path: Path) -> None:
    blocks = [block for kind, block in BLOCKS if kind == "yaml"]
    assert blocks
    for number, block in enumerate(blocks):
        file = tmp_path / f"own{number}.yaml"
        file.write_text(block)
        assert load_profile(str(file)).profile.identity


def test_one_command_installs_and_runs_and_one_installs_and_tests() -> None:
    assert INSTALLS == [
        "python3 -m pip install . && python3 run_vcam.py --profile announcer3",
        "python3 -m pip install '.[test,studio]' && python3 -m pytest",
    ]


def test_ci_runs_the_test_command_word_for_word() -> None:
    steps = (ROOT / ".ci" / "run").read_text()
    install, run = INSTALLS[1].split(" && ")
    assert f"{install.replace('pip install', 'pip install --quiet')} && {run}" in steps


def test_every_link_into_the_checkout_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith(("http://", "https://")):
            assert (ROOT / target).exists(), target
