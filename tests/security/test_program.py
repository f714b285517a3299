"""The owner's program as `external`: real processes, friendly and hostile."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from appliance.clock import VirtualClock
from appliance.config import SecurityConfig
from appliance.procedure.failures import NoKey
from appliance.security.external import External
from tests.security.programs import BACKWARDS, BACKWARDS_KEY, CHALLENGE, SEED, SILENT, answer_of, argv, external


def refusal(folder: Path, script: str, key_bytes: tuple[int, ...] = ()) -> NoKey:
    with pytest.raises(NoKey) as refused:
        answer_of(external(folder, script, key_bytes=key_bytes).begin(CHALLENGE))
    return refused.value


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_key_is_what_the_program_says(tmp_path: Path) -> None:
    assert answer_of(external(tmp_path, BACKWARDS).begin(CHALLENGE)) == BACKWARDS_KEY


def test_asking_and_polling_return_at_once(tmp_path: Path) -> None:
    pending = external(tmp_path, SILENT).begin(CHALLENGE)
    assert pending.poll() is None
    pending.close()


def test_a_program_gets_its_arguments_as_they_are_written(tmp_path: Path) -> None:
    """No shell: what one would take apart or carry out is text."""
    script = """
import json, sys
json.load(sys.stdin)
print(json.dumps({"key": "".join(sys.argv[1:]).encode().hex()}))
"""
    words = ("two words", "$(id)", ";", "*")
    config = SecurityConfig(program=(*argv(tmp_path, script), *words))
    assert answer_of(External(config, VirtualClock()).begin(CHALLENGE)) == "".join(words).encode()


def test_a_program_inherits_no_open_file_and_nothing_of_the_service_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/notify")
    monkeypatch.setenv("LANG", "C.UTF-8")
    script = """
import json, os, sys
json.load(sys.stdin)
seen = {"fds": sorted(os.listdir("/proc/self/fd"), key=int)[:-1], "env": sorted(os.environ), "cwd": os.getcwd()}
print(json.dumps({"key": json.dumps(seen).encode().hex()}))
"""
    with (tmp_path / "open").open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        seen = json.loads(answer_of(external(tmp_path, script).begin(CHALLENGE)))
    assert seen["fds"] == ["0", "1", "2"]
    assert set(seen["env"]) <= {"PATH", "HOME", "LANG", "TZ", "LC_CTYPE"}  # the last is Python's own
    assert seen["cwd"] == "/"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("import sys; sys.exit(7)", "ended with exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "was ended by signal 11"),
        (BACKWARDS + "sys.exit(1)", "ended with exit code 1"),
        ("", "the answer is empty"),
        ("import os; os.close(0); os.close(1)", "the answer is empty"),
        ("print('no key today')", "the answer is no JSON"),
        ("print('{}')", 'the answer is no object with a text "key"'),
        ('print(\'{"key": "zz"}\')', "the key in the answer is not hexadecimal"),
        ("while True: print('x' * 4096)", "the answer is longer than 16384 bytes"),
    ],
)
def test_a_program_that_gives_no_key_is_told_in_words_of_its_own(tmp_path: Path, script: str, why: str) -> None:
    refused = refusal(tmp_path, script)
    assert refused.what.startswith("there is no SecurityAccess key: ")
    assert refused.what.endswith(f"{why}; none was sent")
    assert refused.where == "DME 0x12"
    assert refused.do


def test_a_key_of_another_length_is_not_sent(tmp_path: Path) -> None:
    assert "has 12 bytes instead of 68 or 132" in refusal(tmp_path, BACKWARDS, key_bytes=(68, 132)).what


@pytest.mark.parametrize("mode", [0o644, None])
def test_a_program_that_cannot_be_started_is_told_before_contact_and_when_asked(
    tmp_path: Path, mode: int | None
) -> None:
    path = tmp_path / "key"
    if mode is not None:
        path.write_text("#!/bin/sh\n", encoding="utf-8")
        path.chmod(mode)
    provider = External(SecurityConfig(program=(str(path),)), VirtualClock())
    if os.geteuid() != 0 or mode is not None:
        assert str(path) in provider.trouble()
    with pytest.raises(NoKey, match="cannot be started"):
        provider.begin(CHALLENGE)


def test_against_a_program_that_is_there_nothing_is_known(tmp_path: Path) -> None:
    assert external(tmp_path, BACKWARDS).trouble() == ""


def test_a_silent_program_is_given_up_after_the_limit_and_is_gone_then(tmp_path: Path) -> None:
    clock = VirtualClock()
    script = "import os, pathlib, signal\n" + _tells_pid(tmp_path) + "signal.pause()"
    pending = external(tmp_path, script, clock).begin(CHALLENGE)
    pid = _pid(tmp_path)
    clock.sleep_until(29.9)
    assert pending.poll() is None
    clock.sleep_until(30.0)
    with pytest.raises(NoKey, match=r"no answer within 30 s \(security.timeout_s\); none was sent"):
        pending.poll()
    pending.close()
    assert not is_alive(pid)


def test_a_program_given_up_takes_with_it_what_it_has_started(tmp_path: Path) -> None:
    script = f"""
import os, pathlib, signal
if os.fork() == 0:
    os.close(0); os.close(1)
    {_tells_pid(tmp_path).strip()}
signal.pause()
"""
    pending = external(tmp_path, script).begin(CHALLENGE)
    pid = _pid(tmp_path)
    pending.close()
    while is_alive(pid):  # killed; whoever adopts it has to reap it
        if _state(pid) == "Z":
            break


def test_closing_twice_and_after_the_answer_is_harmless(tmp_path: Path) -> None:
    pending = external(tmp_path, BACKWARDS).begin(CHALLENGE)
    assert answer_of(pending) == BACKWARDS_KEY
    pending.close()


def test_what_it_prints_on_standard_error_is_heard_nowhere(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    script = "import sys\nline = sys.stdin.read()\nprint(line, file=sys.stderr, flush=True)\nsys.exit(line)"
    refused = refusal(tmp_path, script)
    out, err = capfd.readouterr()
    assert SEED.hex() not in f"{refused}{refused.__cause__}{out}{err}"


def test_a_program_that_does_not_listen_may_answer_all_the_same(tmp_path: Path) -> None:
    assert answer_of(external(tmp_path, 'print(\'{"key": "0102"}\')').begin(CHALLENGE)) == b"\x01\x02"


def test_the_challenge_is_not_printed_with_its_seed() -> None:
    assert SEED.hex() not in repr(CHALLENGE)
    assert repr(SEED) not in repr(CHALLENGE)


def _tells_pid(folder: Path) -> str:
    """Script lines that leave the process's number in a file, whole or not at all."""
    return (
        f"pathlib.Path({str(folder / 'part')!r}).write_text(str(os.getpid())); "
        f"os.rename({str(folder / 'part')!r}, {str(folder / 'pid')!r})\n"
    )


def _pid(folder: Path) -> int:
    path = folder / "pid"
    while not path.exists():
        os.sched_yield()
    return int(path.read_text(encoding="ascii"))


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"
