"""Processes that share long work and never outlive the one that started them."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread


def open_pool(jobs: int) -> ProcessPoolExecutor:
    """Return `jobs` fresh processes, each of one thread.

    They end with this process, however it ends: a pool that lost its parent would go on writing
    into a store that somebody has begun anew.
    """
    return ProcessPoolExecutor(jobs, get_context("spawn"), _prepare)


def _prepare() -> None:
    # Mesa's rasteriser would otherwise start a thread per core in each of several processes.
    os.environ["LP_NUM_THREADS"] = "1"
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
