"""What an engine holds in memory, told by a process that has nothing else."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import psutil

from vcam.engines import build_engine
from vcam.engines.card import ModelCard
from vcam.evaluation.stages import moments
from vcam.identity import load_identity
from vcam.profile import Profile

FRAMES = 3
"""Runtimes set up the last of their memory while they draw the first pictures."""


def resident_mb(card: ModelCard, profile: Profile) -> float:
    """Return the resident memory of a fresh process in which the model has drawn, run as
    the profile says."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as pool:
        return pool.submit(_draw_alone, card, profile).result()


def _draw_alone(card: ModelCard, profile: Profile) -> float:
    identity = load_identity(profile.identity)
    engine = build_engine(card, identity, profile.engine)
    for controls in moments(profile, engine, identity, FRAMES):
        engine.render(controls)
    return psutil.Process().memory_info().rss / 2**20
