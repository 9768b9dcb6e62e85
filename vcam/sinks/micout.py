"""The delayed voice as a microphone: played into a null sink, BlackHole or VB-Cable.

The pipeline hands the sound over when the picture of its time is shown, so that a call app which
picks the other end of the cable as its microphone gets lips and voice together.
"""

import threading
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any, Protocol

import av

from vcam.errors import DeviceError, OutputError
from vcam.media import AudioChunk, Frame, Samples
from vcam.sinks.base import Show
from vcam.sinks.pulse import PORTAUDIO_NAME, choose_pulse_sink, pulse_sinks
from vcam.sinks.ring import Ring
from vcam.streams import forget, keep

# The voice comes in pieces of 10-20 ms, up to a few ms late, and leaves in blocks of 10 ms.
_BLOCK_MS = 10
_PRIME_MS = 40

_CABLES = (
    "A cable is made on Linux by: pactl load-module module-null-sink sink_name=vcam && pactl"
    " load-module module-remap-source master=vcam.monitor source_name=vcam_mic"
    " source_properties=device.description=vcam;"
    " on macOS by BlackHole (brew install blackhole-2ch); on Windows by VB-Cable"
)


class _Stream(Protocol):
    """The part of sounddevice.OutputStream that is used."""

    def start(self) -> None: ...

    def close(self) -> None: ...


class MicOut:
    """Plays the voice into the output device whose index, or part of whose name, is `device`."""

    def __init__(self, device: str) -> None:
        self._device = self._sought = device
        """What the user typed; and what is looked for: an index means what it meant at first."""
        self._rate = 0
        self._ring = Ring(1, 1)
        self._lost = threading.Event()
        self._stream: _Stream | None = None
        self._resampler: av.AudioResampler | None = None

    @property
    def name(self) -> str:
        """What the user typed."""
        return f"mic-out:{self._device}"

    @property
    def underruns(self) -> int:
        """How often the device had nothing to play although the voice had not ended."""
        return self._ring.underruns

    async def open(self, show: Show) -> None:
        """Open the device and play silence.

        Raises:
            OutputError: the call is not paced, and a device plays in its own time.
            DeviceError: no PortAudio, no such device, or it refuses.
        """
        if not show.paced:
            raise OutputError(f"{self.name} plays in real time; leave out --fast or --mic-out")
        self._begin()
        keep(self)

    async def show(self, frame: Frame) -> None:
        """Pictures are not for this sink."""

    async def hear(self, chunk: AudioChunk) -> None:
        """Play `chunk` next.

        Raises:
            DeviceError: the device is gone.
        """
        if self._resampler is None:
            return
        if self._lost.is_set():
            raise DeviceError(f"{self.name}: the device was lost.")
        frame = av.AudioFrame.from_ndarray(chunk.samples[None], format="flt", layout="mono")
        frame.sample_rate = chunk.sample_rate
        for out in self._resampler.resample(frame):
            self._ring.put(out.to_ndarray()[0])

    async def close(self) -> None:
        """Close the device."""
        forget(self)
        self.pause()
        self._resampler = None

    def pause(self) -> None:
        """End the stream, for good or because a lost microphone is being sought."""
        self._lost = threading.Event()  # the stream that ends now is not lost
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def resume(self) -> None:
        """Begin it anew, wherever the device is listed now."""
        try:
            self._begin()
        except DeviceError:
            self._lost.set()

    def _begin(self) -> None:
        try:
            import sounddevice  # loads PortAudio
        except OSError as error:
            raise DeviceError(
                f"{self.name} needs the PortAudio library, which is not here ({error})."
                " Run: sudo apt install libportaudio2"
            ) from error
        outputs = [each for each in sounddevice.query_devices() if each["max_output_channels"]]
        found = self._choose(outputs)
        if self._sought.isdecimal():
            self._sought = found["name"]
        self._rate = int(found["default_samplerate"])
        self._ring = Ring(self._rate, self._rate * _PRIME_MS // 1000)
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=self._rate)
        try:
            self._stream = sounddevice.OutputStream(
                device=found["index"],
                samplerate=self._rate,
                channels=min(2, found["max_output_channels"]),
                blocksize=self._rate * _BLOCK_MS // 1000,
                latency="low",
                dtype="float32",
                callback=self._play,
                finished_callback=self._lost.set,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            raise DeviceError(f"{self.name} cannot be opened: {error}") from error

    def _play(self, out: Samples, count: int, time: Any, status: Any) -> None:  # noqa: ARG002
        out[:] = self._ring.take(count)[:, None]

    def _choose(self, outputs: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return the output device that the user means: index, name, sink, part of a name."""
        wanted = self._sought.lower()
        for each in outputs:
            if wanted in (str(each["index"]), each["name"].lower()):
                return each
        sinks = {name.lower(): name for name in pulse_sinks()}
        for each in outputs:
            if wanted in sinks and each["name"] == PORTAUDIO_NAME:
                choose_pulse_sink(sinks[wanted])
                return each
        for each in outputs:
            if wanted in each["name"].lower():
                return each
        known = [*(each["name"] for each in outputs), *sinks.values()]
        if not known:
            raise DeviceError(f"{self.name}: this machine has no sound output. {_CABLES}.")
        nearest = max(known, key=lambda name: SequenceMatcher(None, wanted, name.lower()).ratio())
        raise DeviceError(
            f"{self.name}: no output device is called so; the nearest is '{nearest}'. {_CABLES}."
        )
