"""What rooms, microphones and lines do to a voice: pure functions on sound at 16 kHz.

Sound is float32 (N,) in [-1, 1]; the result has the same length and is not shifted in time.
Randomness comes in as a generator, so the same seed makes the same microphone.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from av import AudioFrame, CodecContext
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from vcam.media import Samples

RATE = 16_000
SPEECH_DB = -20.0
"""Level of a voice's loud half in dB of full scale, that every recording is brought to first."""

_OPUS_RATE = 48_000
_FRAME = 400


def gain(samples: Samples, db: float) -> Samples:
    """Return the sound louder by `db`; nothing is clipped."""
    return samples * np.float32(10.0 ** (db / 20.0))


def clipped(samples: Samples, peak: float) -> Samples:
    """Return the sound cut off at +-`peak`."""
    return np.clip(samples, -peak, peak)


def loudness_db(samples: Samples) -> float:
    """Return the mean level of the louder half of the 25 ms frames, in dB of full scale."""
    count = max(1, len(samples) // _FRAME)
    frames = np.resize(samples, (count, _FRAME)) if len(samples) < _FRAME else (
        samples[: count * _FRAME].reshape(count, _FRAME)
    )  # fmt: skip
    power = np.sort(np.square(frames, dtype=np.float64).mean(axis=1))
    return float(10.0 * np.log10(max(power[count // 2 :].mean(), 1e-12)))


def levelled(samples: Samples, db: float = SPEECH_DB) -> Samples:
    """Return the sound with its loud half at `db`; silence stays silence."""
    found = loudness_db(samples)
    return samples if found < -100.0 else gain(samples, db - found)


def shaped(
    samples: Samples, response: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> Samples:
    """Return the sound through a zero-phase filter: `response` maps Hz to an amplitude."""
    size = _fast_size(2 * len(samples))
    hz = np.asarray(np.fft.rfftfreq(size, 1.0 / RATE), np.float64)
    return np.fft.irfft(np.fft.rfft(samples, size) * response(hz))[: len(samples)].astype(
        np.float32
    )


def band(samples: Samples, low_hz: float, high_hz: float) -> Samples:
    """Return the sound between two frequencies; edges fall by 24 dB an octave."""

    def response(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        below = (np.maximum(hz, 1.0) / low_hz) ** 4
        above = (hz / high_hz) ** 4
        amplitude: NDArray[np.float64] = below / (1.0 + below) / np.sqrt(1.0 + above**2)
        return amplitude

    return shaped(samples, response)


def phone_band(samples: Samples) -> Samples:
    """Return the sound as a telephone passes it: 300 .. 3400 Hz."""
    return band(samples, 300.0, 3400.0)


def echoed(samples: Samples, rt60_s: float, wet: float, random: np.random.Generator) -> Samples:
    """Return the sound in a room: reverberation of `wet` times the direct power.

    The direct sound stays where it is; `rt60_s` is the time in which the room falls by 60 dB.
    """
    count = max(2, int(rt60_s * RATE))
    tail = random.standard_normal(count) * 10.0 ** (-3.0 * np.arange(count) / count)
    tail[: int(0.002 * RATE)] = 0.0  # the first wall is at least 30 cm away
    tail *= np.sqrt(wet / np.square(tail).sum())
    tail[0] = 1.0
    size = _fast_size(len(samples) + count)
    wet_spectrum = np.fft.rfft(samples, size) * np.fft.rfft(tail, size)
    return np.fft.irfft(wet_spectrum, size)[: len(samples)].astype(np.float32)


def small_room(samples: Samples, random: np.random.Generator) -> Samples:
    """Return the sound as a laptop hears it in a small room: 0.4 s, as much echo as voice."""
    return echoed(samples, 0.4, 1.0, random)


def opus(samples: Samples, bit_rate: int) -> Samples:
    """Return the sound after libopus in its voice mode at `bit_rate` bit/s (6000 .. 64000)."""
    encoder = CodecContext.create("libopus", "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = _OPUS_RATE, "mono", "flt"
    encoder.bit_rate, encoder.time_base = bit_rate, Fraction(1, _OPUS_RATE)
    encoder.options = {"application": "voip"}
    frames = _resampled(_frame(samples, RATE), _OPUS_RATE, encoder)
    packets = [packet for frame in frames for packet in encoder.encode(frame)]
    packets += encoder.encode(None)
    decoder = CodecContext.create("libopus", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.sample_rate, decoder.layout = _OPUS_RATE, "mono"
    decoded = np.concatenate([f.to_ndarray()[0] for p in packets for f in decoder.decode(p)])
    decoded = decoded.astype(np.float32) / (1.0 if decoded.dtype.kind == "f" else 32768.0)
    back = _resampled(_frame(decoded, _OPUS_RATE), RATE, None)
    sound = np.concatenate([frame.to_ndarray()[0] for frame in back])
    assert encoder.extradata is not None
    late = int.from_bytes(encoder.extradata[10:12], "little") * RATE // _OPUS_RATE  # RFC 7845, 5.1
    sound = np.pad(sound[late:], (0, len(samples)))
    return sound[: len(samples)].astype(np.float32)


def hum_of_fan(count: int, random: np.random.Generator) -> Samples:
    """Return noise of a fan: a falling spectrum with a few steady tones, power 1."""
    noise = shaped(
        random.standard_normal(count).astype(np.float32),
        lambda hz: 1.0 / np.sqrt(1.0 + (hz / random.uniform(150.0, 900.0)) ** 2),
    )
    seconds = np.arange(count) / RATE
    for _ in range(int(random.integers(0, 4))):
        noise += np.float32(0.1 * noise.std()) * np.sin(
            2 * np.pi * random.uniform(80.0, 1200.0) * seconds
        ).astype(np.float32)
    return _unit(noise)


def keyboard(count: int, random: np.random.Generator) -> Samples:
    """Return typing: about six strokes a second, each two short clicks, power 1."""
    noise = (1e-3 * random.standard_normal(count)).astype(np.float32)
    start = 0
    while (start := start + int(random.exponential(RATE / 6.0)) + 400) < count:
        for late, loud in ((0, 1.0), (int(random.uniform(0.05, 0.11) * RATE), 0.5)):
            place = start + late
            length = min(int(random.uniform(0.004, 0.02) * RATE), count - place)
            if length > 0:
                fading = np.exp(-5.0 * np.arange(length) / length)
                noise[place : place + length] += (
                    random.uniform(0.3, 1.0) * loud * random.standard_normal(length) * fading
                ).astype(np.float32)
    return _unit(noise)


def babble(voices: Sequence[Samples], count: int, random: np.random.Generator) -> Samples:
    """Return several people talking at once, power 1; needs at least one voice."""
    mixed = np.zeros(count, np.float32)
    for _ in range(int(random.integers(4, 9))):
        voice = levelled(voices[int(random.integers(len(voices)))])
        repeats = -(-count // len(voice)) + 1
        start = int(random.integers(len(voice)))
        mixed += np.tile(voice, repeats)[start : start + count]
    return _unit(mixed)


def noisy(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Return the voice with noise (N,) of power 1 `snr_db` below the voice's loud half."""
    return samples + gain(noise, loudness_db(samples) - snr_db)


def _fast_size(size: int) -> int:
    return 1 << (size - 1).bit_length()


def _unit(noise: Samples) -> Samples:
    power = float(np.sqrt(np.square(noise, dtype=np.float64).mean()))
    return noise / np.float32(max(power, 1e-9))


def _frame(samples: Samples, rate: int) -> AudioFrame:
    frame = AudioFrame.from_ndarray(
        np.ascontiguousarray(samples, np.float32)[None], format="flt", layout="mono"
    )
    frame.sample_rate = rate
    return frame


def _resampled(frame: AudioFrame, rate: int, encoder: AudioCodecContext | None) -> list[AudioFrame]:
    """Return the frame at `rate`, cut as `encoder` wants it."""
    size = None
    if encoder is not None:
        encoder.open()
        size = encoder.frame_size
    resampler = AudioResampler(format="flt", layout="mono", rate=rate, frame_size=size)
    return [*resampler.resample(frame), *resampler.resample(None)]
