"""How a net is executed: one literal table, one line for each runtime."""

from dataclasses import replace
from importlib import import_module

from vcam.profile import EngineSettings
from vcam.runtimes.base import Graph, Program
from vcam.runtimes.choice import decide

RUNTIMES = {
    "openvino": "vcam.runtimes.openvino",
    "torch": "vcam.runtimes.torch",
}
"""Name -> the module that loads: `load(graph, settings, precision) -> Program`."""


def exact(settings: EngineSettings) -> EngineSettings:
    """Return the same settings in fp32: a net that says where things are needs the digits."""
    return replace(settings, precision="fp32")


def load_program(graph: Graph, settings: EngineSettings) -> Program:
    """Load `graph` for the runtime and precision that `settings` ask for.

    Raises:
        ModelError: files of the model are missing, damaged or of another net.
        ProfileError: this machine cannot do what the settings ask for.
    """
    choice = decide(graph, settings)
    module = import_module(RUNTIMES[choice.runtime])
    program: Program = module.load(graph, settings, choice.precision)
    return program
