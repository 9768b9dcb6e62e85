"""Sound in, pictures out: the ears, the life, the engine and the canvas of one announcer."""

from collections.abc import Sequence

from vcam.audio.ears import Ears
from vcam.canvas import Canvas
from vcam.engines import build_engine
from vcam.engines.base import Engine
from vcam.engines.card import candidates, load_card
from vcam.identity import load_identity
from vcam.media import MS_NS, AudioChunk, Image
from vcam.profile import Profile
from vcam.signals.controls import ControlsTrack


class FacePainter:
    """Paints one announcer. Used by one thread; holds no clock."""

    def __init__(self, ears: Ears, life: ControlsTrack, engine: Engine, canvas: Canvas) -> None:
        self._ears = ears
        self._life = life
        self._engine = engine
        self._canvas = canvas

    @property
    def look_ahead_ns(self) -> int:
        """How much sound after a frame's time the engine looks at."""
        window = self._engine.spec.window
        return window.look_ahead_ms * MS_NS if window else 0

    def warm_up(self) -> None:
        """Draw once for nothing: the first picture takes the longest."""
        self.paint((), 0)

    def paint(self, sound: Sequence[AudioChunk], t_ns: int) -> tuple[Image, bool]:
        """Take new sound, draw the picture of time `t_ns`; also whether the voice gate is open."""
        for chunk in sound:
            self._ears.hear(chunk)
        hearing = self._ears.at(t_ns)
        face = self._engine.render(self._life.at(hearing))
        return self._canvas.compose(face), hearing.voiced


def build_painter(profile: Profile) -> FacePainter:
    """Build everything that `profile` asks for; of models that it may choose from, the best.

    Raises:
        ProfileError: an unknown or damaged identity or background.
        ModelError: an unknown or damaged model.
    """
    identity = load_identity(profile.identity)
    card = load_card(candidates(profile.model)[0])
    engine = build_engine(card, identity, profile.engine)
    return FacePainter(
        Ears(engine.spec.window, profile.gate),
        ControlsTrack(profile.life, profile.seed, identity.card.pose_range),
        engine,
        Canvas(identity.plate, identity.card.face_box, profile.video),
    )
