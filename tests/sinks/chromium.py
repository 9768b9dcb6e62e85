"""Headless Chromium through the DevTools protocol: start it, open tabs, run script in them."""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any, Self

import aiohttp

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-port=0",
    "--window-size=1400,900",
)


def find_chromium() -> str | None:
    """Return the browser to use, or None."""
    return os.environ.get("VCAM_CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")


class Tab:
    """One page; `evaluate` returns what an expression (or promise) yields."""

    def __init__(self, browser: "Chromium", session: str, target: str) -> None:
        self._browser, self._session, self._target = browser, session, target

    async def call(self, method: str, **params: Any) -> Any:
        return await self._browser.call(method, session=self._session, **params)

    async def evaluate(self, expression: str) -> Any:
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    async def until(self, expression: str, seconds: float = 30.0) -> Any:
        """Poll until `expression` is true and return it."""
        async with asyncio.timeout(seconds):
            while True:
                with contextlib.suppress(RuntimeError):  # between two documents
                    if value := await self.evaluate(expression):
                        return value
                await asyncio.sleep(0.05)

    async def screenshot(self, path: Path) -> None:
        shot = await self.call("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))

    async def close(self) -> None:
        await self._browser.call("Target.closeTarget", targetId=self._target)


class Chromium:
    """A fresh browser with a fresh profile; `async with Chromium() as browser`."""

    def __init__(self, *flags: str) -> None:
        self._flags = flags
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.complaints: list[str] = []
        """Errors of scripts and of the security policy, in all tabs."""

    async def __aenter__(self) -> Self:
        program = find_chromium()
        assert program is not None
        self._folder = tempfile.TemporaryDirectory(
            prefix="vcam-chromium-", ignore_cleanup_errors=True
        )
        self._process = await asyncio.create_subprocess_exec(
            program,
            *FLAGS,
            *self._flags,
            f"--user-data-dir={self._folder.name}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._http = aiohttp.ClientSession()
        async with asyncio.timeout(30):
            address = await self._address()
        self._socket = await self._http.ws_connect(address, max_msg_size=0)
        self._reader = asyncio.create_task(self._read())
        return self

    async def _address(self) -> str:
        assert self._process.stderr is not None
        while line := await self._process.stderr.readline():
            if found := re.search(rb"ws://\S+", line):
                self._drain = asyncio.create_task(self._process.stderr.read())
                return found.group().decode()
        raise RuntimeError("chromium ended before it listened")

    async def _read(self) -> None:
        async for message in self._socket:
            answer = json.loads(message.data)
            if (waiter := self._answers.pop(answer.get("id"), None)) and not waiter.done():
                waiter.set_result(answer)
            elif answer.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(str(answer["params"]["exceptionDetails"]))
            elif answer.get("method") == "Log.entryAdded":
                self.complaints.append(answer["params"]["entry"]["text"])

    async def call(self, method: str, session: str | None = None, **params: Any) -> Any:
        number = next(self._ids)
        waiter = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": params}
        await self._socket.send_json(message | ({"sessionId": session} if session else {}))
        answer = await asyncio.wait_for(waiter, 30)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    async def open(self, url: str) -> Tab:
        target = (await self.call("Target.createTarget", url="about:blank"))["targetId"]
        answer = await self.call("Target.attachToTarget", targetId=target, flatten=True)
        tab = Tab(self, answer["sessionId"], target)
        await tab.call("Runtime.enable")
        await tab.call("Log.enable")
        await tab.call("Page.navigate", url=url)
        await tab.until("location.href != 'about:blank' && document.readyState == 'complete'")
        return tab

    def kill(self) -> None:
        """End the browser at once, as a crash does: it says goodbye to nobody."""
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        await self._socket.close()
        await self._http.close()
        self.kill()
        await self._process.wait()
        await self._drain
        self._folder.cleanup()
