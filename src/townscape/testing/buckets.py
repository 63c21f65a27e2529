"""Real servers for tests and proofs of remote images, on this computer only.

`rclone serve s3` checks signatures and serves a folder; moto knows conditional puts and versions; a
proxy between client and server breaks lines; a web server serves pictures as told. All of them are
ended by whoever started them.
"""

import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEY_ID, SECRET = "TOWNSCAPEKEY", "a-secret-that-is-in-no-file"
_STARTS_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where a server of buckets is, and which environment a client of it needs."""

    endpoint: str
    key_id: str = KEY_ID
    secret: str = SECRET

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to use it."""
        return {
            "AWS_ACCESS_KEY_ID": self.key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": "us-east-1",
            "TOWNSCAPE_ENDPOINT": self.endpoint,
            "TOWNSCAPE_ALLOW_HTTP": "true",
        }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_program(name: str) -> str | None:
    """A program that came with a package of this Python, or one on the path."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.is_file() else shutil.which(name)


@contextmanager
def rclone_server(
    folder: Path, *, port: int = 0, secret: str = SECRET, is_read_only: bool = False
) -> Generator[S3Server]:
    """`rclone serve s3` over a folder, whose folders are buckets; it refuses wrong signatures.

    One that is only read sees files that change under it at once; with puts, rclone cannot do that.
    """
    port = port or free_port()
    command = [find_program("rclone") or "rclone", "serve", "s3", str(folder), "--addr", f"127.0.0.1:{port}"]
    command += ["--auth-key", f"{KEY_ID},{secret}", "--config", os.devnull, "--log-level", "ERROR"]
    command += ["--dir-cache-time", "0s"] if is_read_only else []
    with _process(command, port):
        yield S3Server(f"http://127.0.0.1:{port}", secret=secret)


@contextmanager
def moto_server() -> Generator[S3Server]:
    """A moto server, which takes any signature and knows conditional puts. Buckets are made by PUT."""
    port = free_port()
    with _process([find_program("moto_server") or "moto_server", "-H", "127.0.0.1", "-p", str(port)], port):
        yield S3Server(f"http://127.0.0.1:{port}")


@contextmanager
def _process(command: list[str], port: int) -> Generator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ends_at = time.monotonic() + _STARTS_WITHIN_S
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > ends_at:
                raise RuntimeError(f"{command[0]} did not start.")
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


class BadLine:
    """A line to a server that can be made to fail: the client connects to `port` instead."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self.is_down = False
        """Every connection is closed at once."""
        self.answer: bytes | None = None
        """Every request gets this instead of the server's answer."""
        self.break_after: int | None = None
        """A connection is closed once so many bytes of answers went through."""
        self.n_breaks = 1 << 30
        """How many connections are broken or closed; the later ones are whole."""
        self.n_connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._is_over = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._is_over = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._is_over:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.n_connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _take_break(self) -> bool:
        self.n_breaks -= 1
        return self.n_breaks >= 0

    def _serve(self, client: socket.socket) -> None:
        with client:
            if self.is_down and self._take_break():
                return
            if self.answer is not None and self._take_break():
                with suppress(OSError):
                    client.recv(1 << 16)
                    client.sendall(self.answer)
                return
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._target_port)) as server:
                there = threading.Thread(target=_pump, args=(client, server), daemon=True)
                there.start()
                limit = self.break_after if self.break_after is not None and self._take_break() else None
                _pump(server, client, limit=limit)
                for end in (client, server):
                    with suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
                there.join()


def _pump(source: socket.socket, target: socket.socket, *, limit: int | None = None) -> None:
    left = limit
    with suppress(OSError):
        while chunk := source.recv(1 << 16):
            if left is not None and len(chunk) >= left:
                target.sendall(chunk[:left])
                return
            target.sendall(chunk)
            left = None if left is None else left - len(chunk)
        if limit is None:
            target.shutdown(socket.SHUT_WR)


@dataclass
class Page:
    """What a web server answers for a path."""

    content: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    break_after: list[int] = field(default_factory=list[int])
    """The next answers break off after so many bytes."""
    ignores_range: bool = False


class WebServer:
    """Serves pages over HTTP, with Range; notes what was asked."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self.pages = dict(pages)
        self.asked: list[tuple[str, str, str | None]] = []
        """Method, path and Range of every request."""
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.port: int = self._server.server_address[1]
        self.origin = f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Silence."""

            def do_HEAD(self) -> None:
                self._respond(has_body=False)

            def do_GET(self) -> None:
                self._respond(has_body=True)

            def _respond(self, *, has_body: bool) -> None:
                wanted = self.headers.get("Range")
                web.asked.append((self.command, self.path, wanted))
                page = web.pages.get(self.path, Page(status=404))
                content, status = page.content, page.status
                headers = {"ETag": f'"{abs(hash(content))}"', **page.headers}
                if wanted and status == 200 and not page.ignores_range:
                    first, _, last = wanted.removeprefix("bytes=").partition("-")
                    end = min(int(last) + 1, len(content)) if last else len(content)
                    headers["Content-Range"] = f"bytes {first}-{end - 1}/{len(content)}"
                    content, status = content[int(first) : end], 206
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if has_body:
                    if page.break_after:
                        content = content[: page.break_after.pop(0)]
                    self.wfile.write(content)

        return Handler
