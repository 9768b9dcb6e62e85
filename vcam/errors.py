"""Every error that vcam raises on purpose. Each message says what was found, wanted, and to do.

VcamError                     never raised itself
├── InputError                the user's input is wrong                         exit code 2
│   ├── ProfileError          a profile, or a flag that overrides one           (vcam.profile)
│   ├── ModelError            a model card or its weights                       (vcam.engines)
│   ├── AudioError            a sound file or stream that cannot be used        (vcam.audio)
│   ├── OutputError           an output that cannot be written or served        (vcam.sinks)
│   └── AssetError            the studio's assets or tools are missing          (vcam.studio)
└── DeviceError               a device or peer is missing, busy or was lost     exit code 3
    ├── MicrophoneError       no PortAudio, no such microphone, or it is gone   (vcam.audio)
    ├── CameraError           no virtual-camera driver, busy, or too old        (vcam.sinks)
    └── PeerError             a WebRTC peer or server refused or vanished       (vcam.sinks)
"""


class VcamError(Exception):
    """Base of all errors with a sentence for the user."""

    exit_code = 1


class InputError(VcamError):
    """What the user gave is wrong; nothing was started or lost."""

    exit_code = 2


class ProfileError(InputError):
    """A profile file or a flag that overrides it is wrong."""


class ModelError(InputError):
    """A model card or its weights are missing, damaged or of another kind."""


class AudioError(InputError):
    """A sound file or stream cannot be used."""


class OutputError(InputError):
    """An output cannot be written or served."""


class AssetError(InputError):
    """An asset or tool that the studio needs is missing."""


class DeviceError(VcamError):
    """A device or peer is missing, busy, or was lost."""

    exit_code = 3


class MicrophoneError(DeviceError):
    """No PortAudio library, no such microphone, or it went away."""


class CameraError(DeviceError):
    """No virtual-camera driver, or the device is busy or too old."""


class PeerError(DeviceError):
    """A WebRTC peer or server refused or vanished."""
