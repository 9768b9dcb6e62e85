"""The command `bench` measures what there is and writes what it says."""

import json
from pathlib import Path

import pytest

from vcam.cli import main
from vcam.engines.card import ModelCard
from vcam.profile import EngineSettings, Profile

KEYS = {
    "engine", "stage", "size", "runtime", "device", "threads", "core_ms", "wall_ms", "fps",
    "parameters", "gmacs", "precision", "weights", "rss_mb", "db_vs_plain", "anchors",
}  # fmt: skip


def test_bench_writes_a_row_for_every_stage_and_says_which_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bench.json"
    assert main(["bench", "--engine", "still", "--seconds", "0.2", "--json", str(file)]) == 0
    figures = json.loads(file.read_text())
    stages = [row["stage"] for row in figures["rows"]]
    assert stages[0] == "engine"
    assert {"ears", "life", "canvas keep", "canvas blur", "canvas #20304a", "painter"} < set(stages)
    for row in figures["rows"]:
        assert set(row) >= KEYS
        assert 0 < row["core_ms"] < 100
    assert figures["rows"][0]["rss_mb"] > 20
    assert figures["machine"]["anchor_core_ms"] > 0
    assert figures["machine"]["packages"]["torch"]
    printed = capsys.readouterr().out
    assert figures["machine"]["cpu"] in printed
    assert "painter" in printed


def test_memory_is_measured_once_for_each_way_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[EngineSettings] = []

    def resident_mb(card: ModelCard, profile: Profile) -> float:
        asked.append(profile.engine)
        return 100.0 + len(asked)

    monkeypatch.setattr("vcam.evaluation.bench.resident_mb", resident_mb)
    file = tmp_path / "bench.json"
    words = ["--engine", "lite256", "--threads", "1", "2", "--seconds", "0.1"]
    assert main(["bench", *words, "--json", str(file)]) == 0
    rows = [row for row in json.loads(file.read_text())["rows"] if row["stage"] == "engine"]
    ways = {(row["runtime"], row["precision"], row["rss_mb"]) for row in rows}
    assert 2 * len(ways) == len(rows)
    assert len(asked) == len(set(asked)) == len(ways)
    assert {settings.threads for settings in asked} == {1}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--seconds", "0"], "--seconds 0: wanted more than 0, at most 3600"),
        (["--threads", "0"], "--threads 0: wanted 1 to 64"),
        (["--engine", "stil"], "unknown model 'stil'; did you mean 'still'?"),
        (["--jsn", "x"], "did you mean '--json'?"),
    ],
)
def test_wrong_input_is_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_said_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "no" / "bench.json"
    assert main(["bench", "--seconds", "3600", "--json", str(file)]) == 2
    assert f"--json {file}: cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--engine", "lite51"], "did you mean 'lite512'?"),
        (["--profile", "nobody"], "unknown profile 'nobody'"),
        (["--engine", "apb2face", "--profile", "announcer1"], "choose one of these with --profile"),
        (["--engine", "fuser"], "family = 'fuser': unknown"),
    ],
)
def test_what_cannot_be_measured_is_said_and_the_last_figures_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], wanted: str
) -> None:
    file = tmp_path / "figures.json"
    file.write_text("of last time")
    assert main(["bench", *words, "--json", str(file)]) == 2
    assert wanted in capsys.readouterr().err
    assert file.read_text() == "of last time"


def test_the_papers_networks_are_measured_at_full_size_and_called_random(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vcam.evaluation.bench.resident_mb", lambda *_: 100.0)  # starts processes
    monkeypatch.setattr("vcam.evaluation.bench_command.PAPER_SIDES", (32,))
    monkeypatch.setattr("vcam.evaluation.bench_command.SIDES", {"lite": (256,)})
    file = tmp_path / "bench.json"
    words = ["--engine", "still", "--papers", "--threads", "1", "--seconds", "0.1"]
    assert main(["bench", *words, "--json", str(file)]) == 0
    rows = [row for row in json.loads(file.read_text())["rows"] if row["weights"] == "random"]
    ways = {(row["engine"], row["runtime"], row["precision"]) for row in rows}
    assert ways >= {
        ("apb2facev2", "plain", "fp32"),
        ("apb2facev2", "torch", "fp32"),
        ("apb2facev2", "openvino", "fp32"),
        ("apb2face", "torch", "fp32"),
        ("apb2face", "openvino", "fp32"),
        ("lite", "torch", "fp32"),
        ("lite", "openvino", "fp32"),
    }
    assert {row["parameters"] for row in rows} == {5_949_695, 1_723_359 + 16_688_899, 1_500_530}
    for row in rows:
        bound = 25.0 if row["precision"] == "bf16" else 48.0
        assert row["db_vs_plain"] is None or row["db_vs_plain"] >= bound
