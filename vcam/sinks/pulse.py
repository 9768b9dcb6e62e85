"""The sinks of PulseAudio or PipeWire, which PortAudio does not list one by one."""

import os
import subprocess

PORTAUDIO_NAME = "pulse"
"""PortAudio's one device for all of them (ALSA's plugin)."""

_TIMEOUT_S = 3


def pulse_sinks() -> list[str]:
    """Return the names of all sinks; none where there is no such server."""
    try:
        done = subprocess.run(
            ["pactl", "list", "short", "sinks"],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.split("\t")[1] for line in done.stdout.splitlines() if "\t" in line]


def choose_pulse_sink(name: str) -> None:
    """Let streams that this process opens from now on play into the sink `name`."""
    os.environ["PULSE_SINK"] = name
