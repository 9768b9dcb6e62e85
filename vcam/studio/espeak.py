"""One utterance of espeak-ng with exact phoneme times, in a process of its own.

Run as a script by `vcam.studio.tts`: the library keeps state from one utterance to the next, so
the same words would sound different the second time. A fresh process makes equal input equal
bytes. Imports the standard library alone, so that it starts in a few hundredths of a second.

Input, one JSON object on stdin: voice (file name such as "gmw/en-US+f2"), text, rate (words a
minute), pitch and intonation (0 .. 100). Output on stdout: one line of JSON
{"sample_rate", "phones": [[sample, name], ...]}, then the sound as 16-bit native samples.
Exit code 3: the voice is unknown. Phoneme events mark starts to the sample (measured:
notes/speech_data.md section 1), names are IPA, an empty name is a pause.
"""

import ctypes
import json
import sys
from typing import Any

LIBRARY = "libespeak-ng.so.1"
UNKNOWN_VOICE = 3

# Values of espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2
_PHONEME_EVENTS, _IPA_NAMES, _DO_NOT_EXIT = 1, 2, 0x8000
_RATE, _PITCH, _RANGE = 1, 3, 4
_UTF8 = 1
_LIST_TERMINATED, _PHONEME = 0, 7


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def available() -> bool:
    """Say whether the library can be loaded."""
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return False
    return True


def speak(request: dict[str, Any]) -> tuple[int, list[tuple[int, str]], bytes]:
    """Return sample rate, (sample, IPA name) of every phoneme start, and 16-bit samples."""
    library = ctypes.CDLL(LIBRARY)
    sound = bytearray()
    phones: list[tuple[int, str]] = []

    def collect(samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            sound.extend(ctypes.string_at(samples, 2 * count))
        index = 0
        while events[index].type != _LIST_TERMINATED:
            if events[index].type == _PHONEME:
                phones.append((events[index].sample, events[index].name.decode("utf-8", "ignore")))
            index += 1
        return 0

    callback = _Callback(collect)
    options = _PHONEME_EVENTS | _IPA_NAMES | _DO_NOT_EXIT
    sample_rate = library.espeak_Initialize(_SYNCHRONOUS, 0, None, options)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(request["voice"].encode()) != 0:
        sys.exit(UNKNOWN_VOICE)
    library.espeak_SetParameter(_RATE, request["rate"], 0)
    library.espeak_SetParameter(_PITCH, request["pitch"], 0)
    library.espeak_SetParameter(_RANGE, request["intonation"], 0)
    text = request["text"].encode() + b"\0"
    library.espeak_Synth(text, len(text), 0, 0, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    return sample_rate, phones, bytes(sound)


def _main() -> None:
    sample_rate, phones, sound = speak(json.load(sys.stdin))
    head = json.dumps({"sample_rate": sample_rate, "phones": phones})
    sys.stdout.buffer.write(head.encode() + b"\n" + sound)


if __name__ == "__main__":
    _main()
