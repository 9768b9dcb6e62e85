"""A real SFU for tests: Debian's Janus with one video room, and a WHIP door in front of it.

Janus speaks JSON over HTTP, not WHIP; the door translates as WHIP servers for Janus do.
"""

import asyncio
import contextlib
import itertools
import re
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

ROOM = 1234

CONFIGS = {
    "janus": """
        general: {{ log_to_stdout = true, debug_level = 3 }}
        nat: {{ ice_lite = true, full_trickle = false }}
        plugins: {{ }}
        transports: {{ disable = "libjanus_websockets.so,libjanus_pfunix.so,libjanus_mqtt.so,\
libjanus_nanomsg.so,libjanus_rabbitmq.so" }}
    """,
    "janus.transport.http": """
        general: {{ json = "compact", base_path = "/janus", http = true, port = {port},
                    ip = "127.0.0.1", https = false }}
        admin: {{ admin_http = false }}
    """,
    "janus.plugin.videoroom": """
        room-{room}: {{ description = "test", publishers = 2, bitrate = 4000000,
                        videocodec = "vp8", audiocodec = "opus" }}
    """,
}


def find_janus() -> str | None:
    return shutil.which("janus")


class Janus:
    """Its JSON API, over one session."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http, self._url = http, url
        self._numbers = (str(n) for n in itertools.count())
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def post(self, path: str = "", **message: Any) -> dict[str, Any]:
        message.setdefault("transaction", next(self._numbers))
        async with self._http.post(self._url + path, json=message) as response:
            return await response.json()

    async def begin(self) -> None:
        self._session = (await self.post(janus="create"))["data"]["id"]
        self._poller = asyncio.create_task(self._poll())

    async def end(self) -> None:
        self._poller.cancel()
        await asyncio.gather(self._poller, return_exceptions=True)
        await self.post(f"/{self._session}", janus="destroy")

    async def _poll(self) -> None:
        while True:
            async with self._http.get(f"{self._url}/{self._session}") as response:
                event = await response.json()
            waiter = self._answers.pop(event.get("transaction", ""), None)
            if waiter is not None:
                waiter.set_result(event)

    async def attach(self) -> int:
        answer = await self.post(
            f"/{self._session}", janus="attach", plugin="janus.plugin.videoroom"
        )
        return answer["data"]["id"]

    async def detach(self, handle: int) -> None:
        await self.post(f"/{self._session}/{handle}", janus="detach")

    async def ask(self, handle: int, sdp: tuple[str, str] | None = None, **body: Any) -> Any:
        """Send a message to the room and return its event; `sdp` is (type, text)."""
        number = next(self._numbers)
        waiter = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"janus": "message", "body": body, "transaction": number}
        if sdp:
            message["jsep"] = {"type": sdp[0], "sdp": sdp[1]}
        await self.post(f"/{self._session}/{handle}", **message)
        return await asyncio.wait_for(waiter, 10)


class Door:
    """WHIP in, Janus out."""

    def __init__(self, janus: Janus) -> None:
        self._janus = janus
        self.feed = 0
        self.handles: list[int] = []

    async def post(self, request: web.Request) -> web.Response:
        handle = await self._janus.attach()
        event = await self._janus.ask(
            handle,
            ("offer", await request.text()),
            request="joinandconfigure",
            ptype="publisher",
            room=ROOM,
        )
        self.feed = event["plugindata"]["data"]["id"]
        self.handles.append(handle)
        return web.Response(
            status=201,
            text=event["jsep"]["sdp"],
            content_type="application/sdp",
            headers={"Location": f"/resource/{handle}"},
        )

    async def delete(self, request: web.Request) -> web.Response:
        handle = int(request.match_info["handle"])
        self.handles.remove(handle)
        await self._janus.detach(handle)
        return web.Response()

    async def subscribe(self, count: dict[str, int]) -> RTCPeerConnection:
        """Watch the feed as a viewer of the room does, counting frames by kind."""
        handle = await self._janus.attach()
        event = await self._janus.ask(
            handle, request="join", ptype="subscriber", room=ROOM, streams=[{"feed": self.feed}]
        )
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))

        async def read(track: Any) -> None:
            with contextlib.suppress(Exception):
                while True:
                    await track.recv()
                    count[track.kind] = count.get(track.kind, 0) + 1

        pc.on("track", lambda track: asyncio.ensure_future(read(track)))
        await pc.setRemoteDescription(RTCSessionDescription(event["jsep"]["sdp"], "offer"))
        await pc.setLocalDescription(await pc.createAnswer())
        await self._janus.ask(handle, ("answer", pc.localDescription.sdp), request="start")
        return pc


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_configs(folder: Path, port: int) -> None:
    for name, text in CONFIGS.items():
        (folder / f"{name}.jcfg").write_text(text.format(port=port, room=ROOM))


@asynccontextmanager
async def janus_with_a_door() -> AsyncIterator[tuple[str, Door]]:
    """Start both; yields (the address to publish to, the door)."""
    port = free_port()
    program = find_janus()
    assert program is not None
    with tempfile.TemporaryDirectory() as folder:
        write_configs(Path(folder), port)
        process = await asyncio.create_subprocess_exec(
            program,
            *("--configs-folder", folder),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with aiohttp.ClientSession() as http:
                janus = Janus(http, f"http://127.0.0.1:{port}/janus")
                await _answering(janus)
                await janus.begin()
                door = Door(janus)
                app = web.Application()
                app.router.add_post("/whip", door.post)
                app.router.add_delete("/resource/{handle}", door.delete)
                runner = web.AppRunner(app)
                await runner.setup()
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                try:
                    yield f"http://127.0.0.1:{runner.addresses[0][1]}/whip", door
                finally:
                    await runner.cleanup()
                    await janus.end()
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), 10)


async def _answering(janus: Janus) -> None:
    for _ in range(100):
        with contextlib.suppress(aiohttp.ClientError):
            if re.fullmatch("server_info|success|ack", (await janus.post(janus="info"))["janus"]):
                return
        await asyncio.sleep(0.1)
    raise TimeoutError("janus does not answer")
