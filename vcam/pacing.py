"""Which frame is due and which is dropped: absolute due times, nothing added up. Pure.

    media time   0       1       2       3        frame n shows the announcer at n / fps
    may start        |---+-- lead ------>          its sound is complete
    shown                |------ delay ----->     one constant for the whole call

Slot n is the moment n / fps + delay at which a sink gets its n-th frame. When the engine is slower
than the frame rate, whole frames are dropped and the newest is drawn; a late frame is shown in
the next slot, never in between.
"""

from vcam.media import STALE_SLOTS, frame_due_ns, frame_index_at


class FramePacer:
    """Chooses the frame to draw next and the slot to show next."""

    def __init__(self, fps: int, lead_ns: int, delay_ns: int) -> None:
        """`lead_ns`: from a frame's time to its start at the latest; `delay_ns`: to its showing."""
        if not 0 <= lead_ns <= delay_ns:
            raise ValueError(f"lead {lead_ns} ns lies outside 0 .. delay {delay_ns} ns")
        self._fps = fps
        self._lead_ns = lead_ns
        self._delay_ns = delay_ns
        self._drawn = -1
        self._slot = -1

    def next_frame(self, now_ns: int, cost_ns: int = 0) -> int:
        """Return the frame to draw now: the newest whose sound is complete, or the next one.

        `cost_ns` is how long drawing took last time. Where the newest could only be shown more
        than `STALE_SLOTS` late, and waiting for the next one mends that, the next one is chosen:
        a calmer rate of fresh pictures beats a higher one of old ones.
        """
        newest = frame_index_at(now_ns - self._lead_ns, self._fps)
        if self._is_stale(newest, now_ns + cost_ns) and not self._is_stale(
            newest + 1, self.start_ns(newest + 1) + cost_ns
        ):
            newest += 1
        self._drawn = max(self._drawn + 1, newest)
        return self._drawn

    def _is_stale(self, index: int, done_ns: int) -> bool:
        return done_ns > self.slot_ns(index + STALE_SLOTS)

    def next_slot(self, now_ns: int) -> int:
        """Return the slot to wait for: the next one, or after a stall the newest that is due."""
        due = frame_index_at(now_ns - self._delay_ns, self._fps)
        self._slot = max(self._slot + 1, due)
        return self._slot

    def frame_ns(self, index: int) -> int:
        """The media time of frame `index`."""
        return frame_due_ns(index, self._fps)

    def start_ns(self, index: int) -> int:
        """When frame `index` starts at the latest, its sound complete or not."""
        return frame_due_ns(index, self._fps) + self._lead_ns

    def slot_ns(self, index: int) -> int:
        """When slot `index` is shown."""
        return frame_due_ns(index, self._fps) + self._delay_ns
