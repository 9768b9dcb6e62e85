"""Streaming features of sound: log-mel for the trained engines, MFCC as the papers' code has it.

Both are pure functions of the samples: any cutting into chunks gives the offline answer. numpy
only; sums run in float64, so that a quiet band beside a loud one keeps its digits.

    log-mel at 16 kHz (samples)          MFCC at 44.1 kHz (samples)
    row 0:  [-240 .. 160)                row 0:  [-1024 .. 1024)   mirrored before sample 0
    row 1:  [ -80 .. 320)                row 1:  [ -512 .. 1536)
    row k:  ends at 160 * (k + 1)        row k:  centred on 512 * k
"""

import numpy as np
from numpy.typing import NDArray

from vcam.media import Samples, Vector

Matrix = NDArray[np.float64]

LOG_MEL_RATE = 16_000
LOG_MEL_HOP = 160
LOG_MEL_BANDS = 80
_LOG_MEL_WINDOW = 400
_LOG_MEL_FFT = 512
_LOG_MEL_FLOOR = 1e-7

MFCC_RATE = 44_100
MFCC_HOP = 512
MFCC_COLUMNS = 60
MFCC_ROWS = 64
_MFCC_FFT = 2048
MFCC_REACH = _MFCC_FFT // 2
"""A row looks at this many samples before and after its centre."""
_MFCC_COEFFICIENTS = 20
_MFCC_BANDS = 128
_MFCC_POWER_FLOOR = 1e-10
_MFCC_TOP_DB = 80.0


class LogMel:
    """80 mel bands every 10 ms.

    Row k looks at the 25 ms that end with sample 160 * (k + 1), periodic Hann window, FFT of 512,
    power spectrum, 80 triangular bands from 0 to 8 kHz on Slaney's mel scale, each of unit area in
    Hz; the value is (log10(max(power, 1e-7)) + 3) / 4, which puts digital silence at -1 exactly
    and loud speech near +1. Sound before the first sample counts as silence.
    """

    sample_rate = LOG_MEL_RATE
    hop = LOG_MEL_HOP

    def __init__(self) -> None:
        self._cutter = _Cutter(_LOG_MEL_WINDOW, LOG_MEL_HOP)
        self._cutter.push(np.zeros(_LOG_MEL_WINDOW - LOG_MEL_HOP, np.float32))
        self._window = _hann(_LOG_MEL_WINDOW)
        self._bands = mel_bands(LOG_MEL_RATE, _LOG_MEL_FFT, LOG_MEL_BANDS).T  # (257, 80)
        self.silence: Vector = np.full(LOG_MEL_BANDS, -1.0, np.float32)

    def push(self, samples: Samples) -> Vector:
        """Take samples (N,) and return the rows (n, 80) that they complete."""
        frames = self._cutter.push(samples)  # (n, 400)
        power = _power(frames * self._window, _LOG_MEL_FFT)  # (n, 257)
        value = (np.log10(np.maximum(power @ self._bands, _LOG_MEL_FLOOR)) + 3.0) / 4.0
        return value.astype(np.float32)


class Mfcc:
    """The papers' features: 20 MFCC and two blocks of "deltas", as APB2Face's code computes them.

    librosa's defaults of that time: frames of 2048 centred on 512 * k with mirrored ends, periodic
    Hann window, 128 Slaney bands, decibels, orthonormal DCT-II, 20 coefficients. Their delta
    function expects time first and was given coefficients first, so the deltas run along the
    cepstral index, not along time; a faithful port must do the same (notes/reference_model.md
    section 1).

    One step cannot be streamed: librosa cuts decibels off at 80 below the loudest band of the whole
    clip. Here it is the loudest band so far, so a row equals the offline one as soon as the loudest
    moment has been heard, or where nothing is 80 dB below it.
    """

    sample_rate = MFCC_RATE

    def __init__(self) -> None:
        self._cutter = _Cutter(_MFCC_FFT, MFCC_HOP)
        self._head: Samples | None = np.empty(0, np.float32)  # until there is enough to mirror
        self._tail: Samples = np.empty(0, np.float32)
        self._window = _hann(_MFCC_FFT)
        self._bands = mel_bands(MFCC_RATE, _MFCC_FFT, _MFCC_BANDS).T  # (1025, 128)
        self._cepstrum = _with_deltas(_dct(_MFCC_COEFFICIENTS, _MFCC_BANDS)).T  # (128, 60)
        self._loudest_db = -np.inf
        quiet_db = np.full(_MFCC_BANDS, 10.0 * np.log10(_MFCC_POWER_FLOOR))
        self.silence: Vector = (quiet_db @ self._cepstrum).astype(np.float32)

    def push(self, samples: Samples) -> Vector:
        """Take samples (N,) and return the rows (n, 60) that they complete."""
        self._tail = np.concatenate([self._tail, samples])[-_MFCC_FFT:]
        if self._head is None:
            return self._rows(self._cutter.push(samples))
        self._head = np.concatenate([self._head, samples])
        if len(self._head) <= MFCC_REACH:
            return np.empty((0, MFCC_COLUMNS), np.float32)
        head, self._head = self._head, None
        return self._rows(self._cutter.push(np.pad(head, (MFCC_REACH, 0), mode="reflect")))

    def flush(self) -> Vector:
        """Mirror the end, as librosa does, and return the last rows; at least 2 samples came."""
        if self._head is not None:
            return self._rows(self._cutter.push(np.pad(self._head, MFCC_REACH, mode="reflect")))
        return self._rows(
            self._cutter.push(np.pad(self._tail, (0, MFCC_REACH), mode="reflect")[-MFCC_REACH:])
        )

    def _rows(self, frames: Samples) -> Vector:
        """Return features (n, 60) of frames (n, 2048)."""
        if not len(frames):
            return np.empty((0, MFCC_COLUMNS), np.float32)
        power = _power(frames * self._window, _MFCC_FFT) @ self._bands  # (n, 128)
        decibels = 10.0 * np.log10(np.maximum(power, _MFCC_POWER_FLOOR))
        loudest = np.maximum.accumulate(np.append(self._loudest_db, decibels.max(axis=1)))[1:]
        self._loudest_db = loudest[-1]
        kept = np.maximum(decibels, loudest[:, None] - _MFCC_TOP_DB)
        return (kept @ self._cepstrum).astype(np.float32)


class _Cutter:
    """Cuts a stream into overlapping frames of `size` samples, one every `hop`."""

    def __init__(self, size: int, hop: int) -> None:
        self._size, self._hop = size, hop
        self._places = np.arange(size)
        self._held: Samples = np.empty(0, np.float32)

    def push(self, samples: Samples) -> Samples:
        """Return the frames (n, size) that are complete now."""
        held = np.concatenate([self._held, samples])
        count = max(0, (len(held) - self._size) // self._hop + 1)
        self._held = held[count * self._hop :]
        frames: Samples = held[np.arange(count)[:, None] * self._hop + self._places]
        return frames


def mel_bands(sample_rate: int, fft: int, bands: int) -> Matrix:
    """Return triangular filters (bands, fft // 2 + 1), unit area in Hz, on Slaney's mel scale."""
    edges = _mel_to_hz(np.linspace(0.0, _hz_to_mel(sample_rate / 2), bands + 2))[:, None]
    bins = np.linspace(0.0, sample_rate / 2, fft // 2 + 1)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area: Matrix = triangles * 2.0 / (edges[2:] - edges[:-2])
    return area


def _hz_to_mel(hz: float) -> float:
    """Slaney's scale: linear below 1 kHz, 27 steps per factor 6.4 above (Auditory Toolbox)."""
    return 3.0 * hz / 200.0 if hz < 1000.0 else 15.0 + 27.0 * float(np.log(hz / 1000.0) / _LOG_64)


def _mel_to_hz(mel: Matrix) -> Matrix:
    above = 1000.0 * np.exp(_LOG_64 * (mel - 15.0) / 27.0)
    hz: Matrix = np.where(mel < 15.0, mel * 200.0 / 3.0, above)
    return hz


_LOG_64 = np.log(6.4)


def _hann(size: int) -> Matrix:
    """Return the periodic Hann window."""
    window: Matrix = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size) / size)
    return window


def _power(frames: Matrix, fft: int) -> Matrix:
    """Return the power spectrum (n, fft // 2 + 1) of frames (n, size)."""
    spectrum = np.fft.rfft(frames, fft)
    power: Matrix = spectrum.real**2 + spectrum.imag**2
    return power


def _dct(rows: int, columns: int) -> Matrix:
    """Return the first `rows` rows of the orthonormal DCT-II of `columns` values."""
    place = np.arange(columns) + 0.5
    matrix: Matrix = np.cos(np.pi / columns * np.arange(rows)[:, None] * place)
    matrix *= np.sqrt(2.0 / columns)
    matrix[0] /= np.sqrt(2.0)
    return matrix


def _with_deltas(cepstrum: Matrix) -> Matrix:
    """Stack coefficients (20, ...), their delta along axis 0, and its delta: (60, ...)."""
    first = _delta(cepstrum)
    return np.concatenate([cepstrum, first, _delta(first)])


def _delta(rows: Matrix) -> Matrix:
    """Return the regression slope over five rows, ends repeated (python_speech_features, N = 2)."""
    padded = np.pad(rows, ((2, 2), (0, 0)), mode="edge")
    slope: Matrix = (padded[3:-1] - padded[1:-3] + 2.0 * (padded[4:] - padded[:-4])) / 10.0
    return slope
