"""A private PulseAudio with one null sink: what is played into it, the microphone hears.

It needs no sound card, no D-Bus and no system files, and touches nobody's own PulseAudio.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

SINK = "vcam_test_sink"
MICROPHONE = "vcam_test_mic"
TOOLS = ("pulseaudio", "pactl", "paplay")

_SCRIPT = """\
load-module module-native-protocol-unix socket={socket} auth-anonymous=1
load-module module-null-sink sink_name={sink} norewinds=1 rate=48000 channels=2
load-module module-remap-source source_name={mic} master={sink}.monitor
set-default-sink {sink}
set-default-source {mic}
"""

_ALSA = """\
pcm.!default {{ type pulse server "unix:{socket}" device {mic} }}
ctl.!default {{ type pulse server "unix:{socket}" }}
pcm.{mic} {{ type pulse server "unix:{socket}" device {mic} hint.description "{mic}" }}
"""


class Pulse:
    """Starts, stops and starts again one server in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "native"
        self._server: subprocess.Popen[bytes] | None = None
        names = {"socket": self._socket, "sink": SINK, "mic": MICROPHONE}
        (folder / "default.pa").write_text(_SCRIPT.format(**names))
        (folder / "asound.conf").write_text(_ALSA.format(**names))

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to reach this server and no other."""
        return {
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_RUNTIME_PATH": str(self._folder),
            "PULSE_STATE_PATH": str(self._folder),
            "XDG_RUNTIME_DIR": str(self._folder),
            "ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{self._folder / 'asound.conf'}",
        }

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = ["--daemonize=no", "--exit-idle-time=-1", "--disallow-exit", "--use-pid-file=no"]
        options += ["--disable-shm=yes", "--high-priority=no", "--realtime=no"]
        with (self._folder / "pulse.log").open("ab") as log:
            self._server = subprocess.Popen(
                ["pulseaudio", "-n", *options, "-F", str(self._folder / "default.pa")],
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
            )
        _wait_for(self._answers)

    def play(self, path: Path) -> subprocess.Popen[bytes]:
        """Start playing a sound file into the sink."""
        return subprocess.Popen(
            ["paplay", f"--device={SINK}", str(path)], env={**os.environ, **self.environment}
        )

    def stop(self) -> None:
        """End the server, hard, as a cable is pulled; safe to call twice."""
        server, self._server = self._server, None
        if server:
            server.kill()
            server.wait(10)
        self._socket.unlink(missing_ok=True)

    def _answers(self) -> bool:
        done = subprocess.run(
            ["pactl", "list", "short", "sources"],
            env={**os.environ, **self.environment},
            capture_output=True,
            check=False,
        )
        return MICROPHONE.encode() in done.stdout


def missing_tool() -> str | None:
    """Return the first program that is not installed, or None."""
    return next((tool for tool in TOOLS if shutil.which(tool) is None), None)


def _wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("PulseAudio does not answer")
        time.sleep(0.05)
