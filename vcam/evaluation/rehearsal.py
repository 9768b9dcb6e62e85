"""What an engine draws for a held-out clip, and what it is compared with: floors and a ceiling."""

from fractions import Fraction
from io import BytesIO

import av
import numpy as np

from vcam.audio.listening import listen
from vcam.engines.base import Engine
from vcam.media import Controls, Image, Samples
from vcam.studio.frames import FrameStore
from vcam.studio.sound import SOUND_RATE
from vcam.training.face_frames import shrink

CALL_BIT_RATE, CALL_PIXELS = 1_500_000, 1280 * 720
"""What a call spends on a picture of this size; smaller pictures get their share."""


def truth(clip: FrameStore, side: int, count: int) -> list[Image]:
    """Return the studio's first `count` pictures, RGB (side, side, 3)."""
    return [shrink(clip.colour(index), side) for index in range(count)]


def perform(engine: Engine, clip: FrameStore, sound: Samples, count: int) -> list[Image]:
    """Return what the engine draws, RGB, for the first `count` poses, blinks and gazes of a clip.

    `sound` (N,) at SOUND_RATE is heard as in a call.
    """
    labels, pictures = clip.labels, []
    times_ns = labels.t_ns[:count].tolist()
    for index, hearing in enumerate(listen(sound, SOUND_RATE, times_ns, engine.spec.window)):
        yaw, pitch, roll = labels.pose[index].tolist()
        left, right = labels.blink[index].tolist()
        x, y = labels.gaze[index].tolist()
        controls = Controls(
            hearing.t_ns, hearing.window, hearing.voiced, (yaw, pitch, roll), (left, right), (x, y)
        )
        pictures.append(np.ascontiguousarray(engine.render(controls)[..., :3]))
    return pictures


def transmitted(pictures: list[Image], fps: int) -> list[Image]:
    """Return pictures (S, S, 3) after H.264 at a call's bits a pixel."""
    height, width = pictures[0].shape[:2]
    coded = BytesIO()
    with av.open(coded, "w", format="matroska") as file:
        stream = file.add_stream("libx264", rate=fps, options={"tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = CALL_BIT_RATE * width * height // CALL_PIXELS
        stream.codec_context.time_base = Fraction(1, fps)
        for picture in pictures:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode(None))
    coded.seek(0)
    with av.open(coded, "r") as received:
        frames = [frame.to_ndarray(format="rgb24") for frame in received.decode(video=0)]
    return [np.asarray(frame, np.uint8) for frame in frames]
