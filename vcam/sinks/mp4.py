"""An mp4 or mov file that is being written: H.264 at a constant rate and AAC, on one clock."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from vcam.media import Image, Samples

AUDIO_RATE = 48_000
_AUDIO_BIT_RATE = 128_000

# veryfast costs 4.5 core-ms for a 1280x720 announcer, no more than superfast, at a fifth of the
# bits (measured: 300 frames with a 512x512 face that moves on a still plate, one thread).
_X264 = {"preset": "veryfast", "crf": "20", "threads": "1"}

# A fragment every key frame while it grows, so that the file plays even if the machine loses
# power; one ordinary index at the end. `delay_moov`: without it the sound's priming and the order
# of B frames are not in the index, and the picture starts 67 ms late (measured). The price: the
# index is not at the front; `faststart` excludes this.
_CONTAINER = {"movflags": "hybrid_fragmented+delay_moov", "flush_packets": "1"}


class Mp4Writer:
    """Frame n is shown at n / fps, sample m is heard at m / 48000. One thread at a time.

    Every method raises av.FFmpegError or OSError when the file cannot be written.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: int) -> None:
        height, width = size
        self._file = av.open(str(path), "w", options=_CONTAINER)
        self._pictures = self._file.add_stream("libx264", rate=fps, options=_X264)
        self._pictures.width, self._pictures.height = width, height
        self._pictures.pix_fmt = "yuv420p"
        self._pictures.codec_context.gop_size = 2 * fps
        self._sound = self._file.add_stream("aac", rate=AUDIO_RATE, layout="mono")
        self._sound.bit_rate = _AUDIO_BIT_RATE
        self._tag_as_bt709()
        self._reformatter = VideoReformatter()
        self._frame: av.VideoFrame | None = None
        self._image: Image | None = None
        self._frame_time = Fraction(1, fps)
        self.frames = 0
        self._samples = 0

    def write_picture(self, image: Image) -> None:
        """Append one frame (H, W, 3); the same object again costs no conversion."""
        if self._frame is None or image is not self._image:
            self._image, self._frame = image, self._convert(image)
        self._frame.pts, self._frame.time_base = self.frames, self._frame_time
        self._file.mux(self._pictures.encode(self._frame))
        self.frames += 1

    def write_sound(self, samples: Samples) -> None:
        """Append samples (N,) at 48 kHz."""
        if not len(samples):
            return
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = AUDIO_RATE
        frame.pts, frame.time_base = self._samples, Fraction(1, AUDIO_RATE)
        self._file.mux(self._sound.encode(frame))
        self._samples += len(samples)

    def close(self) -> None:
        """Finish the file."""
        if self.frames:
            self._file.mux(self._pictures.encode(None))
            self._file.mux(self._sound.encode(None))
        self._file.close()

    def abandon(self) -> None:
        """Let go of a file that could not be written: what follows a failed packet may crash."""
        with suppress(av.FFmpegError, OSError):
            self._file.close()

    def _convert(self, image: Image) -> av.VideoFrame:
        frame = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(image), format="rgb24")
        return self._reformatter.reformat(
            frame,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )

    def _tag_as_bt709(self) -> None:
        context = self._pictures.codec_context
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
