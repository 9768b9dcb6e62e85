"""A call can be drawn by either paper's engine, from sound to file, in both runtimes."""

import json
from pathlib import Path

import pytest

from tests.engines.tiny import FAMILIES
from vcam.call import DEMO
from vcam.cli import main


@pytest.fixture
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the user's folder of models, an empty one."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "vcam" / "models"


@pytest.mark.parametrize("runtime", ["openvino", "torch"])
@pytest.mark.parametrize("family", ["apb2facev2", "apb2face"])
def test_a_recording_is_drawn_by_the_papers_engine(
    family: str, runtime: str, own_models: Path, tmp_path: Path
) -> None:
    FAMILIES[family].write(own_models / family)
    stats = tmp_path / "stats.jsonl"
    words = ["--profile", "announcer3", "--engine", family, "--runtime", runtime]
    ways = ["--audio", str(DEMO), "--fast", "--duration", "1", "--to", "null", "--quiet"]
    assert main(["run", *words, *ways, "--stats", str(stats)]) == 0
    summary = json.loads(stats.read_text().splitlines()[-1])
    assert summary["frames_shown"] == summary["frames_due"] >= 29


def test_damaged_weights_and_a_wrong_family_are_one_sentence(
    own_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "--engine", "apb2facev2", "--audio", str(DEMO), "--to", "null", "--fast"]
    FAMILIES["apb2facev2"].write(own_models / "apb2facev2")
    weights = own_models / "apb2facev2" / "net.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    assert main(words) == 2
    assert "net.safetensors' is damaged: sha256" in capsys.readouterr().err
    weights.unlink()
    assert main(words) == 2
    assert "net.safetensors' cannot be read" in capsys.readouterr().err
    weights.write_bytes(whole)
    card = own_models / "apb2facev2" / "model.yaml"
    text = card.read_text()
    card.write_text(text.replace("family: apb2facev2", "family: apb2face"))
    assert main(words) == 2
    assert "unknown key" in capsys.readouterr().err
    card.write_text(text.replace("licence: MIT\n", ""))
    assert main(words) == 2
    assert "key 'licence' is missing; add it" in capsys.readouterr().err
    card.write_text(text.replace("data: 'none: random numbers'\n", ""))
    assert main(words) == 2
    error = capsys.readouterr().err
    assert "data: says nothing; a model with weights must say what it was trained on" in error
    assert len(error.strip().splitlines()) == 1
