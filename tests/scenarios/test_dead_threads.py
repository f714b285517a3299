"""Nothing dies quietly (law 11): with real processes and threads, and the page still up when one of them dies.

Each of these processes is `kl30 bench` called from Python, with one part that fails in one thread.
"""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

import pytest

from appliance.wiring import EXIT_DEAD_THREAD
from tests.scenarios.killed import hurried
from tests.scenarios.kl30 import environment, fast_bench

LIMIT_S = 60.0

_BENCH = """
import sys, threading
from dataclasses import replace
from pathlib import Path
from appliance.bench.scenarios import STEADY, Happening, Kind
from appliance.bench.supply import SimulatedSupply
from appliance.commands.bench import BenchOptions, bench_config, run_bench
from appliance.config import PageConfig
from appliance.wiring import settings

def bench(scenario, *, fast=False, quiet=False):
    config = replace(bench_config(settings(Path(sys.argv[2])), Path(sys.argv[1])), page=PageConfig(port=0))
    run_bench(BenchOptions(scenario, config, auto=True, fast=fast, page=not fast, quiet=quiet))
    print("it went on to its end")
"""
_SAMPLER_DIES = (
    _BENCH
    + """
class Failing(SimulatedSupply):
    def volts(self):
        if threading.current_thread().name == "supply sampler" and self._clock.now_s() > self.began_s + 1.0:
            raise {error}
        return super().volts()

def supply(clock):
    failing = Failing(clock)
    failing.began_s = clock.now_s()
    return failing

bench(replace(STEADY, supply=supply))
"""
)
_ENGINE_DIES_AT_ITS_TERMINAL = (
    _BENCH
    + """
class Terminal:
    def write(self, text):
        if "CHECKING" in text:
            raise ValueError("the terminal is broken")
        return sys.stderr.write(text)
    def flush(self): ...
    def isatty(self): return False

sys.stdout = Terminal()
bench(STEADY)
"""
)
_ENGINE_DIES_IN_ITS_WAIT = (
    _BENCH
    + """
bench(replace(STEADY, happenings=(Happening(Kind.CRASH, 20),)), fast=True, quiet=True)
"""
)


def started(script: str, data: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", script, str(data), str(hurried(data))]
    return subprocess.Popen(
        words,
        cwd=data.parent,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def page_of(stream: IO[str] | None) -> str:
    """Where the page is, told on this stream; it answers now."""
    assert stream is not None
    url = re.search(r"http://\S+", stream.readline())
    assert url
    with urllib.request.urlopen(url[0], timeout=10) as page:
        assert page.status == 200
    return url[0]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.realtime
@pytest.mark.parametrize("error", ["ZeroDivisionError", "SystemExit(0)"])
def test_a_sampler_that_dies_ends_the_process_by_name_and_with_it_the_page(error: str, data: Path) -> None:
    with started(_SAMPLER_DIES.replace("{error}", error), data) as process:
        url = page_of(process.stdout)
        out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == EXIT_DEAD_THREAD
    assert "kl30: supply sampler died, so the process ends; it resumes when started again\n" in err
    assert error.partition("(")[0] in err
    assert "went on" not in out
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=3)


@pytest.mark.realtime
def test_a_thread_that_dies_ends_the_process_when_nobody_reads_its_last_words(data: Path) -> None:
    with started(_SAMPLER_DIES.replace("{error}", "ZeroDivisionError"), data) as process:
        page_of(process.stdout)
        assert process.stderr is not None
        process.stderr.close()
        assert process.wait(timeout=LIMIT_S) == EXIT_DEAD_THREAD


@pytest.mark.realtime
def test_an_engine_that_dies_ends_the_process_and_with_it_the_page(data: Path) -> None:
    with started(_ENGINE_DIES_AT_ITS_TERMINAL, data) as process:
        url = page_of(process.stderr)
        _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == EXIT_DEAD_THREAD
    assert "kl30: the engine died, so the process ends; it resumes when started again\n" in err
    assert "ValueError: the terminal is broken" in err
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=3)


def test_an_engine_that_died_in_the_middle_of_a_job_is_resumed_by_the_next_process(data: Path) -> None:
    with started(_ENGINE_DIES_IN_ITS_WAIT, data) as process:
        _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == EXIT_DEAD_THREAD
    assert "kl30: the engine died" in err
    assert "ProcessCrash" in err
    said = fast_bench(data)
    assert (said.code, said.json["verdict"], said.json["interruptions"]) == (0, "programmed", 1)
