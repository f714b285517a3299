"""A real report of a bench run, and the device that signed it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from appliance.engine.device_key import DeviceKey, PublicKey
from appliance.engine.extract import Extract, extract
from appliance.engine.journal import Journal, Run
from appliance.engine.journal_file import NAME
from appliance.values import parse_json
from tests.engine.workshop import WorkshopBench

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Made:
    """One run in virtual time that was cut off once, with everything it left."""

    def __init__(self) -> None:
        with TemporaryDirectory(dir=MEMORY) as name:
            folder = Path(name)
            bench = WorkshopBench(folder)
            bench.cut_off(60)
            bench.started()
            (run,) = bench.runs()
            self.run: Run = run
            self.public: PublicKey = DeviceKey(folder, bench.clock).public()
            self.json: bytes = (folder / "reports" / f"{run.id}.json").read_bytes()
            self.page: bytes = (folder / "reports" / f"{run.id}.html").read_bytes()
            journal = Journal(folder / NAME, bench.clock)
            self.extract: Extract = extract(journal, run)
            journal.close()

    @property
    def plain(self) -> dict[str, Any]:
        """The report as fresh dicts and lists, to be altered."""
        plain: dict[str, Any] = parse_json(self.json.decode())
        return plain


@cache
def made() -> Made:
    return Made()
