"""Runs in the guest: the product's camera in Chromium's getUserMedia. Writes found.json.

usage: browser.py AUDIO OUT: AUDIO switches between silence and noise, which the meter shows.
"""

import http.server
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from device import Product

CHROMIUM_S = 120
# One CPU and slow system calls: one process for everything, software all the way.
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-software-rasterizer",
    "--no-zygote",
    "--renderer-process-limit=1",
    "--no-first-run",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=PipeWireCamera,WebRtcPipeWireCamera,Translate,MediaRouter",
    "--enable-logging=stderr",
]


class Page(http.server.BaseHTTPRequestHandler):
    """Serves camera.html, and takes what the page posts."""

    posted = threading.Event()
    result = ""

    def do_GET(self) -> None:
        """Send the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(Path(__file__).with_name("camera.html").read_bytes())

    def do_POST(self) -> None:
        """Keep the result."""
        Page.result = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(204)
        self.end_headers()
        Page.posted.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def look(out: Path) -> str:
    """Return what the page found."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        (out / "chromium.log").open("w") as log,
    ):
        command = ["chromium", *FLAGS, f"--user-data-dir={profile}"]
        page = f"--app=http://127.0.0.1:{server.server_port}/"
        chromium = subprocess.Popen([*command, page], stdout=log, stderr=log)
        Page.posted.wait(CHROMIUM_S)
        chromium.terminate()
        chromium.wait(20)
    return Page.result or json.dumps({"error": f"nothing within {CHROMIUM_S} s"})


call = Product("--audio", sys.argv[1], "--to", "camera", "--engine", "still", "--quiet")
call.wait_until_shown()
begun_ms = 1000 * time.time()
found = json.loads(look(Path(sys.argv[2])))
call.interrupt()
Path(sys.argv[2], "found.json").write_text(json.dumps({"begun_ms": begun_ms, "page": found}))
