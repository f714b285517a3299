"""An appliance with a firmware cache, a repository beside it, and the two ways from one to the other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

from appliance.clock import Clock
from appliance.commands.cache import import_from, list_cache, trust, verify
from appliance.config import Config
from appliance.errors import Kl30Error
from tests.firmware.repository import Workshop, anna_in

FOLDER, HTTP = "folder", "http"
WAYS = (FOLDER, HTTP)


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


class Place:
    """A workshop in `folder`/repository and an appliance that has imported its first version, or only trusts it."""

    def __init__(self, folder: Path, *, imported: bool = True) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        self.workshop: Workshop = anna_in(folder / "repository")
        assert self.trusted(self.workshop.first_root).code == 0
        if imported:
            assert self.imported(FOLDER).code == 0

    @property
    def config(self) -> Config:
        """Its settings."""
        return replace(Config(), cache=self.cache, data=self.folder / "data")

    def trusted(self, root: Path, instead_of: str = "") -> Said:
        """`kl30 cache trust`."""
        return said(lambda: trust(self.config, root, instead_of))

    def imported(self, way: str = FOLDER, folder: Path | None = None, clock: Clock | None = None) -> Said:
        """`kl30 cache import`, from the folder or from a server of it."""
        source = folder or self.workshop.folder
        if way == FOLDER:
            return said(lambda: import_from(self.config, str(source), clock))
        with served(source) as address:
            return said(lambda: import_from(self.config, address, clock))

    def listed(self, clock: Clock | None = None) -> Said:
        """`kl30 cache list`."""
        return said(lambda: list_cache(self.config, clock))

    def verified(self, clock: Clock | None = None) -> Said:
        """`kl30 cache verify`."""
        return said(lambda: verify(self.config, clock))

    def digest(self) -> str:
        """Of every name and every byte of the cache."""
        return digest_of(self.cache)


def said(command: Callable[[], int]) -> Said:
    """What a command prints and how it ends, as `cli` ends it; building the command line each time takes longer."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = command()
        except Kl30Error as error:
            code = error.exit_code
            err.write(f"kl30: {error}\n")
    return Said(code, out.getvalue(), err.getvalue())


def digest_of(folder: Path) -> str:
    """Of every name, link and byte below a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0")
        if path.is_symlink():
            digest.update(str(path.readlink()).encode())
        elif path.is_file():
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing about it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a request."""
        self.answer()

    def answer(self) -> None:
        """Give the file, as `SimpleHTTPRequestHandler` does."""
        super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 – the library's name
        """Say nothing."""


@contextmanager
def served(folder: Path, handler: type[QuietHandler] = QuietHandler) -> Iterator[str]:
    """A web server of a folder on this machine; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, name="repository-server")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
