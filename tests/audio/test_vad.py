import functools

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.audio.noises import at_level, office, speech_at_level
from tests.audio.speech import files, load
from vcam.audio.vad import FRAME, GateFrame, GateState, NoiseFloor, VoiceGate
from vcam.media import Samples
from vcam.profile import GateSettings

SPEECH_DB = -26.0
NOISE_SECONDS, TIMES = 200, 3

Flags = NDArray[np.bool_]


def _decide(sound: Samples, settings: GateSettings | None = None) -> list[GateFrame]:
    return VoiceGate(settings or GateSettings()).push(sound)


def _opened(frames: list[GateFrame]) -> Flags:
    return np.array([frame.open for frame in frames])


def _foreseen(frames: list[GateFrame]) -> Flags:
    """Say where the gate is open, or opens within a look-ahead of 80 ms."""
    return np.convolve(_opened(frames), np.ones(9))[8:] > 0


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """Return (first, after last) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


@functools.cache
def _office() -> dict[str, Samples]:
    """Ten minutes of each noise; they repeat, because making them takes longer than hearing."""
    noises = office(NOISE_SECONDS, SPEECH_DB - 10, seed=7)
    return {name: np.tile(sound, TIMES) for name, sound in noises.items()}


@functools.cache
def _spoken() -> tuple[Samples, ...]:
    """Up to 6 s each of the demo and of recorded speakers, after 2 s of a very quiet room."""
    rng = np.random.default_rng(0)
    room = (1e-4 * rng.standard_normal(32_000)).astype(np.float32)
    return tuple(
        np.concatenate([room, speech_at_level(load(path)[: 6 * 16_000], SPEECH_DB)])
        for path in files()
    )


@pytest.mark.parametrize("noise", ["fan", "room", "keyboard", "all"])
def test_ten_minutes_of_noise_10_db_below_speech_are_voiced_for_less_than_1_percent(
    noise: str,
) -> None:
    opened = _opened(_decide(_office()[noise]))
    assert len(opened) == 60_000
    assert opened.mean() <= 0.01


def _lost_frames(sound: Samples, opened: Flags) -> list[int]:
    """For each utterance that finds the gate shut, frames from its clear beginning to an open gate.

    Shut means 100 ms before: the gate may open with a breath, and is foreseen by 80 ms.
    """
    power = np.square(sound[: len(opened) * FRAME].reshape(-1, FRAME)).mean(axis=1)
    clear = 10 * np.log10(power + 1e-12) > SPEECH_DB - 20  # above the recordings' own rooms
    clear &= np.convolve(clear, np.ones(5), "same") >= 4  # no click
    lost, before = [], -100
    for start, stop in _runs(clear):
        if start - before > 30 and not opened[max(start - 10, 0)]:
            lost.append(int(np.argmax(np.append(opened[start:], True))))
        before = stop
    return lost


def test_hardly_any_onset_loses_more_than_40_ms_as_a_look_ahead_sees_it() -> None:
    lost = [n for sound in _spoken() for n in _lost_frames(sound, _foreseen(_decide(sound)))]
    assert len(lost) >= len(_spoken())
    assert np.mean(np.array(lost) <= 4) >= 0.95
    assert np.median(lost) == 0


def test_without_look_ahead_the_gate_opens_within_30_ms_as_a_rule() -> None:
    lost = [n for sound in _spoken() for n in _lost_frames(sound, _opened(_decide(sound)))]
    assert np.median(lost) <= 3
    assert np.quantile(lost, 0.9) <= 6


def test_clear_speech_is_let_through() -> None:
    through = []
    for sound in _spoken():
        opened = _foreseen(_decide(sound))
        power = np.square(sound[: len(opened) * FRAME].reshape(-1, FRAME)).mean(axis=1)
        clear = 10 * np.log10(power + 1e-12) > SPEECH_DB - 15
        through.append(opened[clear].mean())
    assert np.mean(through) >= 0.99
    assert min(through) >= 0.95


@pytest.mark.parametrize("hangover_ms", [100, 200, 400])
def test_the_gate_never_chatters(hangover_ms: int) -> None:
    settings = GateSettings(hangover_ms=hangover_ms)
    noise = _office()["all"]
    for sound in (*_spoken(), *(clean + noise[: len(clean)] for clean in _spoken())):
        frames = _decide(sound, settings)
        runs = _runs(_opened(frames))
        for start, stop in runs:
            assert (stop - start) * 10 >= hangover_ms or stop == len(frames)
        # no pause that was shorter than the hangover has shut the gate
        for _, stop in runs[:-1]:
            silent = frames[stop - hangover_ms // 10 + 1 : stop]
            assert all(frame.state is GateState.STOPPING for frame in silent)


def test_the_states_follow_one_another_as_drawn() -> None:
    allowed = {
        GateState.QUIET: {GateState.QUIET, GateState.STARTING},
        GateState.STARTING: {GateState.QUIET, GateState.STARTING, GateState.SPEAKING},
        GateState.SPEAKING: {GateState.SPEAKING, GateState.STOPPING},
        GateState.STOPPING: {GateState.SPEAKING, GateState.STOPPING, GateState.QUIET},
    }
    seen = set()
    for sound in _spoken()[:3]:
        before = GateState.QUIET
        for frame in _decide(sound):
            assert frame.state in allowed[before]
            before = frame.state
            seen.add(before)
    assert seen == set(GateState)


def test_typing_after_a_word_does_not_keep_the_gate_open() -> None:
    typing = _office()["keyboard"]
    for sound in _spoken()[:5]:
        frames = _decide(
            np.concatenate([sound, np.zeros(48_000, np.float32)]) + typing[: len(sound) + 48_000]
        )
        after = _opened(frames)[len(sound) // FRAME + 60 :]
        assert after.mean() <= 0.02


def test_the_gate_shuts_one_hangover_after_the_last_voice() -> None:
    sound = _spoken()[0][: 4 * 16_000].copy()
    assert _decide(sound)[-1].open
    cut = np.concatenate([sound, np.zeros(16_000, np.float32)])
    shut = _opened(_decide(cut))[400:]
    assert 18 <= int(np.argmin(shut)) <= 22


@pytest.mark.parametrize("size", [1, 80, 159, 161, 4_000])
def test_decisions_do_not_depend_on_chunks(size: int) -> None:
    sound = _spoken()[0][30_000:48_000]
    gate = VoiceGate(GateSettings())
    pieces = [sound[place : place + size] for place in range(0, len(sound), size)]
    assert [frame for piece in pieces for frame in gate.push(piece)] == _decide(sound)


def test_digital_silence_and_a_very_quiet_room_are_not_voice() -> None:
    quiet = at_level(np.random.default_rng(1).standard_normal(32_000), -70)
    assert not _opened(_decide(np.zeros(32_000, np.float32))).any()
    assert not _opened(_decide(quiet)).any()


def test_overdriven_sound_is_no_error() -> None:
    assert len(_decide(np.full(1_600, 40.0, np.float32))) == 10


def test_the_floor_follows_a_fan_within_about_two_seconds_and_falls_at_once() -> None:
    floor = NoiseFloor()
    for _ in range(300):
        assert floor.push(-60.0) <= -50.0
    rising = [floor.push(-40.0) for _ in range(300)]
    assert rising[100] < -55.0
    assert rising[230] == pytest.approx(-40.0, abs=0.5)
    assert [floor.push(-60.0) for _ in range(30)][-1] < -59.0


def test_the_floor_stays_under_speech_that_pauses() -> None:
    floor = NoiseFloor()
    levels = [floor.push(-60.0 if frame % 100 < 20 else -25.0) for frame in range(3_000)]
    assert max(levels) < -45.0
