"""What has died twice only reads, also where nobody stands beside it: the command line says so."""

from __future__ import annotations

from pathlib import Path

from appliance.clock import VirtualClock
from appliance.engine.journal import Journal
from appliance.engine.loop_guard import End
from tests.scenarios.kl30 import fast_bench


def test_a_bench_that_died_twice_is_refused_with_words(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    journal = Journal(data / "journal.sqlite", VirtualClock())
    for words in ("the first", "the second"):
        journal.begin_life()
        journal.end_life(End.DIED, words)
    journal.close()
    said = fast_bench(data)
    assert said.code == 3
    assert "Read-only diagnosis: KL30 ended abnormally twice in a row (last: the second)." in said.err
    assert "hold START and CANCEL together for 5 s" in said.err
    assert not list((data / "reports").glob("*"))
