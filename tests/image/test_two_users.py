"""The flasher and the import as two users, over the folders and links that tmpfiles.d/kl30.conf makes.

The trap this guards: SQLite leaves a log and an index beside a journal that anybody opens who may write there.  Of
another user, they would keep the flasher from its own journal, which it would then set aside as damaged.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.systemd

# Loads everything while it still may, becomes the user, and does the work.
AS = """
import codecs, os, sys
from pathlib import Path

from appliance.clock import RealClock
from appliance.commands.cache import needed_images
from appliance.commands.cache_watch import Watcher
from appliance.config import Config
from appliance.engine.incoming import ImportNotice, ImportState, read_notice, write_notice
from appliance.engine.journal import Journal, Run

root, user, work = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
ids = {line.split(":")[0]: int(line.split(":")[2]) for line in (root / "etc/passwd").read_text().splitlines()}
groups = [int(line.split(":")[2]) for line in (root / "etc/group").read_text().splitlines()
          if user == line.split(":")[0] or user in line.split(":")[3].split(",")]
codecs.lookup("ascii")
os.umask(0o027)
os.setgroups(groups)
os.setgid(ids[user])
os.setuid(ids[user])
data, own = root / "var/lib/kl30", root / "var/lib/kl30-import"
cache, clock = root / "var/lib/kl30-cache", RealClock()
exec(work)
"""


def run_as(user: str, work: str, root: Path) -> str:
    """What the work printed."""
    command = (sys.executable, "-c", AS, str(root), user, work)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


BEGIN = "journal = Journal(data / 'journal.sqlite', clock); journal.begin_life(); journal.close()"
ASK = "print(needed_images(Config(data=own, cache=cache)))"


def files(root: Path) -> set[str]:
    return {path.name for path in (root / "var/lib/kl30").iterdir()}


def test_the_import_leaves_nothing_beside_a_journal_that_nobody_has_open(installed: Path) -> None:
    run_as("kl30", BEGIN, installed)
    assert run_as("kl30-import", ASK, installed) == "{}"
    assert files(installed) == {"journal.sqlite", "import.json"}


def test_the_flasher_opens_its_journal_after_the_import_has_looked_at_it(installed: Path) -> None:
    run_as("kl30", BEGIN, installed)
    assert run_as("kl30-import", ASK, installed) == "{}"
    run_as("kl30", BEGIN, installed)


def test_the_import_reads_the_journal_while_the_flasher_has_it_open(installed: Path) -> None:
    hold = "journal = Journal(data / 'journal.sqlite', clock); journal.begin_life(); print('open', flush=True); input()"
    command = (sys.executable, "-c", AS, str(installed), "kl30", hold)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as flasher:
        assert flasher.stdout is not None
        assert flasher.stdin is not None
        flasher.stdout.readline()
        asked = run_as("kl30-import", ASK, installed)
        flasher.stdin.write("\n")
        flasher.stdin.flush()
    assert asked == "{}"


def test_before_the_first_job_there_is_nothing_to_be_asked(installed: Path) -> None:
    assert run_as("kl30-import", ASK, installed) == "{}"


def test_what_the_import_tells_reaches_the_flasher(installed: Path) -> None:
    notice = "ImportNotice(ImportState.REFUSED, '2026-11-21', '/media/kl30/sda1', 'not imported')"
    run_as("kl30-import", f"write_notice(own, {notice})", installed)
    assert run_as("kl30", f"print(read_notice(data) == {notice})", installed) == "True"


@pytest.mark.parametrize("user", ["kl30-import", "kl30-page", "kl30-key"])
def test_nobody_else_writes_into_the_flashers_folder(user: str, installed: Path) -> None:
    work = "try:\n (data / 'status.json').write_text('{}')\nexcept PermissionError:\n print('refused')"
    assert run_as(user, work, installed) == "refused"


def test_the_key_relay_cannot_even_look(installed: Path) -> None:
    work = "try:\n list(data.iterdir())\nexcept PermissionError:\n print('refused')"
    assert run_as("kl30-key", work, installed) == "refused"


def test_the_page_reads_what_the_flasher_has_written(installed: Path) -> None:
    run_as("kl30", "(data / 'reports').mkdir(); (data / 'reports/r-1.json').write_text('{}')", installed)
    assert run_as("kl30-page", "print((data / 'reports/r-1.json').read_text())", installed) == "{}"


def test_the_flasher_reads_the_cache_and_cannot_change_it(installed: Path) -> None:
    run_as("kl30-import", "(cache / 'pool').mkdir(); (cache / 'pool/x').write_text('image')", installed)
    assert run_as("kl30", "print((cache / 'pool/x').read_text())", installed) == "image"
    assert (
        run_as("kl30", "try:\n (cache / 'y').touch()\nexcept PermissionError:\n print('refused')", installed)
        == "refused"
    )
