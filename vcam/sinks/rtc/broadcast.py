"""Encode once, hand the packets to everybody who watches. Nobody waits for a slow viewer."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from vcam.errors import PeerError
from vcam.media import MS_NS, AudioChunk, Frame
from vcam.sinks.rtc.packets import DEPTH, AnyPacket, PacketQueue
from vcam.sinks.rtc.video import VideoEncoder
from vcam.sinks.rtc.voice import VoiceEncoder

KEY_INTERVAL_NS = 400 * MS_NS
"""Key frames are at least this far apart, whoever asks how often: they cost everybody bandwidth."""


class Feed:
    """What one viewer is sent; `request_key` asks the encoder for a key frame."""

    def __init__(self, request_key: Callable[[], None]) -> None:
        self.video = PacketQueue()
        self.audio = PacketQueue()
        self.request_key = request_key
        self.dropped = 0
        """Pictures that this viewer did not get since its first one."""
        self._begun = False
        self._broken = True  # a difference is of no use before the first whole picture

    def put_video(self, packet: AnyPacket) -> None:
        """Queue a picture. Where one is lost, all go until the next key frame: no grey mud."""
        if packet.is_keyframe:
            self._begun, self._broken = True, False
        elif not self._broken and self.video.full:
            self._broken = True
            self.dropped += DEPTH
            self.video.clear()
        if self._broken:
            self.dropped += self._begun
        else:
            self.video.put(packet)

    async def next_video(self) -> AnyPacket:
        """Return the next picture. Only a reader asks for key frames: who stalls costs nobody."""
        while not len(self.video):
            if self._broken:
                self.request_key()
            await self.video.changed()
        return self.video.pop()

    async def next_audio(self) -> AnyPacket:
        """Return the next 20 ms of sound."""
        while not len(self.audio):
            await self.audio.changed()
        return self.audio.pop()


class Broadcast:
    """One encoder for picture and voice, one thread, any number of feeds."""

    def __init__(self, name: str, size: tuple[int, int], fps: int) -> None:
        """`name` of the sink that it serves, as the user typed it."""
        self._name = name
        self._video = VideoEncoder(size, fps)
        self._voice = VoiceEncoder()
        self._feeds: set[Feed] = set()
        self._frame: Frame | None = None
        self._chunks: deque[AudioChunk] = deque(maxlen=16)
        self._wake = asyncio.Event()
        self._busy = False
        self._key_wanted = False
        self._key_ns = -KEY_INTERVAL_NS
        self._sounding = self._showing = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vcam-encode")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to encode what comes."""
        self._task = asyncio.create_task(self._run(), name="vcam-encode")

    async def close(self) -> None:
        """Stop; safe to call twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._thread.shutdown(wait=False)

    @property
    def failure(self) -> BaseException | None:
        """Why encoding ended by itself, or None."""
        done = self._task is not None and self._task.done() and not self._task.cancelled()
        return self._task.exception() if done and self._task is not None else None

    @property
    def idle(self) -> bool:
        """Whether all that was shown and heard has been handed on."""
        return self._frame is None and not self._chunks and not self._busy

    def join(self) -> Feed:
        """Return a new feed; it starts with a key frame."""
        feed = Feed(self._request_key)
        self._feeds.add(feed)
        return feed

    def leave(self, feed: Feed) -> None:
        """Forget `feed`; safe to call twice."""
        self._feeds.discard(feed)

    def show(self, frame: Frame) -> None:
        """Take a frame; one that still waits is replaced.

        Raises:
            PeerError: the encoder has failed.
        """
        if self.failure is not None:
            raise PeerError(f"{self._name}: the encoder failed: {self.failure}")
        if self._feeds:
            self._frame = frame
            self._wake.set()

    def hear(self, chunk: AudioChunk) -> None:
        """Take sound, in order of time."""
        if self._feeds:
            self._chunks.append(chunk)
            self._wake.set()

    def _request_key(self) -> None:
        self._key_wanted = True

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._busy = True
            frame, self._frame = self._frame, None
            chunks = list(self._chunks)
            self._chunks.clear()
            key = frame is not None and self._key_due(frame.t_ns)
            audio, video = await loop.run_in_executor(
                self._thread, self._encode, chunks, frame, key
            )
            self._fan_out(audio, video, frame.t_ns if frame is not None else 0)
            self._busy = False

    def _key_due(self, t_ns: int) -> bool:
        return self._key_wanted and t_ns - self._key_ns >= KEY_INTERVAL_NS

    def _encode(
        self, chunks: list[AudioChunk], frame: Frame | None, key: bool
    ) -> tuple[list[AnyPacket], list[AnyPacket]]:
        """Encode on the one thread: (audio packets, video packets)."""
        audio = [packet for chunk in chunks for packet in self._voice.encode(chunk)]
        if frame is None:
            return audio, []
        audio += self._voice.follow(frame.t_ns)
        if not (audio or self._sounding):
            return [], []  # the picture waits for the sound: a late first track never catches up
        return audio, self._video.encode(frame, key)

    def _fan_out(self, audio: list[AnyPacket], video: list[AnyPacket], t_ns: int) -> None:
        """Hand the packets to everybody; `t_ns` is the time of the picture."""
        if any(packet.is_keyframe for packet in video):
            self._key_wanted, self._key_ns = False, t_ns
        self._sounding = self._sounding or bool(audio)
        self._showing = self._showing or bool(video)
        if not self._showing:
            return
        for feed in self._feeds:
            for packet in audio:
                feed.audio.put(packet)
            for packet in video:
                feed.put_video(packet)
