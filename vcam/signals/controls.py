"""Everything alive, together: what was heard at a time -> the Controls of that time.

Where things live, so that nothing is said twice:

- blinks only in `Controls.blink`, gaze (relative to the head) only in `Controls.gaze`; the
  expression's eyeBlink* and eyeLook* stay 0 and are the engine's to write;
- `Controls.expression` holds mood, brows, cheeks and squint, and in silence lips that part a little
  now and then. While the gate is open it never opens or shuts the mouth: what the lips do then
  belongs to the engine, which alone knows when they must meet.
"""

from dataclasses import replace

from vcam.identity import PoseRange
from vcam.media import Controls, Hearing
from vcam.profile import LifeSettings
from vcam.signals.blink import Blink
from vcam.signals.gaze import Gaze, seen_from_head
from vcam.signals.mood import MOODS, Face
from vcam.signals.pose import HeadPose
from vcam.signals.voice import Voice


class ControlsTrack:
    """The announcer's life: `at(hearing)` -> Controls, a smooth function of seed, time and voice.

    Two tracks of one seed move alike, so a mood or a preset can change in the middle of a call
    by taking another track. One track serves one thread: it remembers the last second of voice.
    """

    def __init__(self, life: LifeSettings, seed: int, pose_range: PoseRange) -> None:
        """Start a life; the preset `still` has no motion of its own and keeps only the mood."""
        still = life.preset == "still"
        if still:
            life = replace(life, blinks_per_minute=0.0, head=0.0, gaze=0.0, breathing=0.0)
        mood = MOODS[life.mood]
        self._mood = life.mood
        self._voice = Voice()
        self._blink = Blink(life.blinks_per_minute, seed)
        self._gaze = Gaze(life.gaze, seed)
        self._pose = HeadPose(mood.head * life.head, life.breathing, pose_range, seed)
        self._face = Face(mood, 0.0 if still else 1.0, seed)

    def at(self, hearing: Hearing) -> Controls:
        """Return the controls of `hearing.t_ns`; its window and gate are handed on."""
        t_ns = hearing.t_ns
        activity, emphasis, speaking = self._voice.at(hearing)
        pose = self._pose.at(t_ns, activity, emphasis)
        return Controls(
            t_ns=t_ns,
            audio=hearing.window,
            voiced=hearing.voiced,
            pose=pose,
            blink=self._blink.at(t_ns),
            gaze=seen_from_head(self._gaze.at(t_ns), pose),
            mood=self._mood,
            expression=self._face.at(t_ns, emphasis, speaking),
        )
