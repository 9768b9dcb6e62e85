"""Every runtime gives the same numbers, says what it lacks, and keeps quiet."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from tests.runtimes.nets import tiny_graph, write_tiny
from vcam.errors import ModelError, ProfileError
from vcam.profile import EngineSettings
from vcam.runtimes import RUNTIMES, load_program
from vcam.runtimes import openvino as openvino_runtime
from vcam.runtimes.base import Array
from vcam.runtimes.openvino import has_bf16
from vcam.runtimes.torch import import_weights

FP32_BOUND = 1e-3
"""Largest difference between runtimes in fp32, for outputs in [-1, 1]."""
BF16_DB = 35.0
"""Least PSNR of bf16 against fp32 on this net (peak 2)."""

SETTINGS = {name: EngineSettings(runtime=name, precision="fp32") for name in ("torch", "openvino")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model's folder."""
    made = tmp_path_factory.mktemp("tiny")
    write_tiny(made)
    return made


def inputs(seed: int = 0) -> dict[str, Array]:
    """Return inputs of the graph `frame`."""
    draw = np.random.default_rng(seed)
    features = draw.normal(size=(1, 8, 16, 16)).astype(np.float32)
    return {"features": features, "gain": np.array([[1.5]], np.float32)}


def test_every_runtime_of_the_table_is_tested() -> None:
    assert set(SETTINGS) == set(RUNTIMES)


def test_openvino_and_torch_agree_in_fp32(folder: Path) -> None:
    plain, fast = (
        load_program(tiny_graph(folder), SETTINGS[name]).run(**inputs())
        for name in ("torch", "openvino")
    )
    assert [a.shape for a in fast] == [(1, 3, 16, 16), (1,)]
    for a, b in zip(plain, fast, strict=True):
        assert a.dtype == b.dtype == np.float32
        assert np.abs(a - b).max() <= FP32_BOUND
    assert plain[0].std() > 0.01


@pytest.mark.parametrize("runtime", sorted(RUNTIMES))
def test_bf16_stays_near_fp32(folder: Path, runtime: str) -> None:
    if runtime == "openvino" and not has_bf16():
        pytest.skip("this processor has no bf16")
    rough = EngineSettings(runtime=runtime, precision="bf16")  # type: ignore[arg-type]
    a, b = (
        load_program(tiny_graph(folder), s).run(**inputs())[0] for s in (SETTINGS["torch"], rough)
    )
    error = float(np.mean((a - b) ** 2))
    assert error > 0
    assert 10 * np.log10(4.0 / error) >= BF16_DB


@pytest.mark.parametrize("runtime", sorted(RUNTIMES))
def test_held_inputs_stay_and_outputs_are_fresh(folder: Path, runtime: str) -> None:
    whole = load_program(tiny_graph(folder), SETTINGS[runtime])
    held = load_program(tiny_graph(folder), SETTINGS[runtime])
    held.hold(features=inputs(0)["features"])
    first = held.run(gain=inputs()["gain"])[0]
    kept = first.copy()
    assert np.array_equal(first, whole.run(**inputs(0))[0])
    held.hold(features=inputs(1)["features"])
    second = held.run(gain=inputs()["gain"])[0]
    assert np.array_equal(second, whole.run(**inputs(1))[0])
    assert np.array_equal(first, kept)


@pytest.mark.parametrize("runtime", sorted(RUNTIMES))
def test_all_graphs_of_a_net_share_its_files(folder: Path, runtime: str) -> None:
    encode = load_program(tiny_graph(folder, "encode"), SETTINGS[runtime])
    (features,) = encode.run(reference=np.ones((1, 3, 16, 16), np.float32))
    assert features.shape == (1, 8, 16, 16)


def test_a_missing_or_damaged_graph_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"frame.xml' is missing; install vcam again, or choose"):
        load_program(tiny_graph(tmp_path), SETTINGS["openvino"])
    (tmp_path / "frame.xml").write_bytes((folder / "frame.xml").read_bytes()[:200])
    (tmp_path / "frame.bin").write_bytes((folder / "frame.bin").read_bytes())
    with pytest.raises(ModelError, match=r"frame.xml' is not a graph for OpenVINO \([^\n]+\)"):
        load_program(tiny_graph(tmp_path), SETTINGS["openvino"])


def test_inputs_of_another_size_than_was_exported_are_one_sentence(folder: Path) -> None:
    frame = load_program(tiny_graph(folder), SETTINGS["openvino"])
    larger = np.zeros((1, 8, 32, 32), np.float32)
    sentence = r"frame.xml' takes features of 1x8x16x16, found 1x8x32x32: its model.yaml asks"
    with pytest.raises(ModelError, match=sentence):
        frame.run(features=larger, gain=inputs()["gain"])
    with pytest.raises(ModelError, match=sentence):
        frame.hold(features=larger)


def test_missing_cut_or_foreign_weights_are_one_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"^weights '.*' for torch are missing; choose engine.runtime"
    ):
        load_program(tiny_graph(tmp_path), SETTINGS["torch"])
    whole = (folder / "net.safetensors").read_bytes()
    (tmp_path / "net.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"are not those of Tiny \([^\n]+\); install"):
        load_program(tiny_graph(tmp_path), SETTINGS["torch"])
    with pytest.raises(ModelError, match=r"are not those of Tiny \(size mismatch for into"):
        load_program(tiny_graph(folder, channels=4), SETTINGS["torch"])


def test_weights_come_back_as_they_were_shipped(tmp_path: Path) -> None:
    net, copy = nn.Linear(4, 4), nn.Linear(4, 4)
    halves = {name: tensor.half() for name, tensor in net.state_dict().items()}
    save_file(halves, tmp_path / "net.safetensors")
    import_weights(copy, tmp_path / "net.safetensors")
    assert torch.equal(copy.weight, net.weight.half().float())


@pytest.mark.parametrize("content", [b"", b"cut", b"a text file\n" * 20, None])
def test_weights_that_are_none_are_one_sentence(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "net.safetensors"
    save_file(nn.Linear(4, 4).state_dict(), file)
    file.write_bytes(file.read_bytes()[:-8] if content is None else content)
    with pytest.raises(ModelError, match=r"^weights '.*' are not those of Linear \(.+\); [^\n]+$"):
        import_weights(nn.Linear(4, 4), file)


def test_weights_that_are_not_there_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^no weights '.*'; give those of a trained Linear"):
        import_weights(nn.Linear(4, 4), tmp_path / "nothing")


@pytest.fixture
def kept(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the tiny net be one that came with vcam; return where its compiled graphs go."""
    monkeypatch.setattr(openvino_runtime, "shipped", lambda kind: folder)
    monkeypatch.setattr(openvino_runtime, "cache", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def test_a_shipped_graph_is_compiled_once_and_computes_the_same(folder: Path, kept: Path) -> None:
    fresh, again = (load_program(tiny_graph(folder), SETTINGS["openvino"]) for _ in range(2))
    (blob,) = kept.rglob("*.blob")
    assert np.array_equal(fresh.run(**inputs())[0], again.run(**inputs())[0])
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes()[:100])
    damaged = load_program(tiny_graph(folder), SETTINGS["openvino"])
    assert np.array_equal(fresh.run(**inputs())[0], damaged.run(**inputs())[0])


def test_other_numbers_under_the_same_name_are_not_taken_for_the_old(
    folder: Path, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    shutil.copytree(folder, model)
    monkeypatch.setattr(openvino_runtime, "shipped", lambda kind: model)
    before = load_program(tiny_graph(model), SETTINGS["openvino"]).run(**inputs())[0]
    numbers = model / "frame.bin"
    age = numbers.stat().st_mtime_ns
    numbers.write_bytes(bytes(numbers.stat().st_size))
    os.utime(numbers, ns=(age, age))
    after = load_program(tiny_graph(model), SETTINGS["openvino"]).run(**inputs())[0]
    assert not np.array_equal(before, after)


def test_a_graph_is_loaded_where_nothing_can_be_kept(folder: Path, kept: Path) -> None:
    kept.write_bytes(b"a file where the folder would be")
    load_program(tiny_graph(folder), SETTINGS["openvino"]).run(**inputs())


def test_of_a_model_that_did_not_come_with_vcam_nothing_is_kept(
    folder: Path, tmp_path: Path, kept: Path
) -> None:
    write_tiny(tmp_path / "own")
    load_program(tiny_graph(tmp_path / "own"), SETTINGS["openvino"])
    assert not kept.exists()


def test_machines_of_one_name_are_told_apart_by_what_they_can(
    folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for able in (["FP32"], ["FP32", "BF16"]):
        monkeypatch.setattr(openvino_runtime, "_capabilities", lambda able=able: able)
        load_program(tiny_graph(folder), SETTINGS["openvino"])
    assert len(list(kept.rglob("*.blob"))) == 2


def test_what_the_machine_lacks_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_runtime, "has_bf16", lambda: False)
    with pytest.raises(ProfileError, match="this processor has no bf16; choose auto or fp32"):
        load_program(tiny_graph(folder), EngineSettings(runtime="openvino", precision="bf16"))
    with pytest.raises(ProfileError, match="OpenVINO runs on the cpu here; choose"):
        load_program(tiny_graph(folder), EngineSettings(runtime="openvino", device="cuda"))
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ProfileError, match="torch finds no CUDA device here; choose cpu"):
        load_program(tiny_graph(folder), EngineSettings(runtime="torch", device="cuda"))


PROBE = """
import sys
calls = []
sys.addaudithook(lambda name, given: calls.append(name) if name.startswith('socket.') else None)
from vcam.profile import EngineSettings
from vcam.runtimes.base import Graph
from vcam.runtimes import load_program
from pathlib import Path
import numpy as np
folder = Path(sys.argv[1])
if 'export' in sys.argv:
    from tests.runtimes.nets import write_tiny
    write_tiny(folder)
program = load_program(Graph(folder, 'frame', 'tests.runtimes.nets:Tiny'),
                       EngineSettings(runtime='openvino', precision='fp32'))
program.run(features=np.zeros((1, 8, 16, 16), np.float32), gain=np.ones((1, 1), np.float32))
print(sorted(set(calls)), 'torch' in sys.modules, sys.modules['openvino_telemetry'])
"""


@pytest.mark.parametrize(("work", "torch"), [("run", False), ("export", True)])
def test_nothing_is_sent_anywhere_and_running_needs_no_torch(
    folder: Path, tmp_path: Path, work: str, torch: bool
) -> None:
    place = tmp_path if work == "export" else folder
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(place), work], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == f"[] {torch} None"
