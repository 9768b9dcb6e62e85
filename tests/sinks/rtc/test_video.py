import itertools

import av
import numpy as np

from tests.effort import blurred_picture, effort
from tests.sinks.performance import pictures
from vcam.media import Frame, frame_due_ns
from vcam.sinks.rtc.video import BITRATE, RTP_HZ, VideoEncoder

SIZE = (180, 320)


def test_a_picture_survives_the_encoder_and_keeps_its_colours_and_its_time():
    encoder, decoder = VideoEncoder(SIZE, 30), av.CodecContext.create("libvpx", "r")
    image = np.zeros((*SIZE, 3), np.uint8)
    image[:, :160], image[:, 160:] = (200, 60, 40), (40, 90, 180)
    (packet,) = encoder.encode(Frame(frame_due_ns(7, 30), image), key=False)
    (decoded,) = decoder.decode(packet)
    seen = decoded.to_ndarray(format="rgb24").astype(int)
    assert packet.pts == frame_due_ns(7, 30) * RTP_HZ // 10**9
    assert np.abs(seen[:, 20:140] - (200, 60, 40)).max() <= 6
    assert np.abs(seen[:, 180:300] - (40, 90, 180)).max() <= 6


def test_key_frames_come_first_and_when_asked_for_and_never_else():
    encoder = VideoEncoder(SIZE, 30)
    loop = pictures(SIZE, 10)
    keys = [
        n
        for n in range(90)
        for packet in encoder.encode(Frame(frame_due_ns(n, 30), loop[n % 10]), key=n == 40)
        if packet.is_keyframe
    ]
    assert keys == [0, 40]


def test_a_frame_whose_time_does_not_advance_is_left_out():
    encoder = VideoEncoder(SIZE, 30)
    image = np.zeros((*SIZE, 3), np.uint8)
    assert len(encoder.encode(Frame(10**9, image), key=False)) == 1
    assert encoder.encode(Frame(10**9, image), key=False) == []
    assert encoder.encode(Frame(0, image), key=True) == []


def test_the_rate_is_pinned():
    encoder, loop = VideoEncoder((720, 1280), 30), pictures()
    sizes = [
        packet.size
        for n in range(90)
        for packet in encoder.encode(Frame(frame_due_ns(n, 30), loop[n % 30]), key=False)
    ]
    assert sum(sizes[30:]) * 8 / 2 < 1.1 * BITRATE


def test_a_picture_of_1280x720_costs_little():
    encoder, loop, numbers = VideoEncoder((720, 1280), 30), pictures(count=15), itertools.count()

    def encode():
        n = next(numbers)
        encoder.encode(Frame(frame_due_ns(n, 30), loop[n % len(loop)]), key=False)

    assert effort(encode, blurred_picture) < 4  # measured: 1.9
