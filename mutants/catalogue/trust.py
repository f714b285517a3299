"""Bugs in whom the appliance believes: the firmware cache, what belongs together, and who opens a control unit."""

from __future__ import annotations

from mutants.mutant import Law, Mutant

_IMPORTER = "appliance/firmware/importer.py"
_EXPIRY = "appliance/firmware/expiry.py"
_STORE = "appliance/firmware/store.py"
_POOL = "appliance/firmware/pool.py"
_LAYOUT = "appliance/firmware/layout.py"
_NEEDS = "appliance/campaign/needs.py"
_ATTACKS = ("tests/firmware/test_attacks.py", "tests/firmware/test_hostile_metadata.py")
_IMPORTING = ("tests/firmware/test_importing.py",)
_TIME = ("tests/firmware/test_time.py",)
_STORED = ("tests/firmware/test_store.py",)
_TEST_NEEDS = ("tests/campaign/test_needs.py",)
_INCOMING = ("tests/engine/test_incoming.py",)
_WATCHED = ("tests/commands/test_cache_watch.py",)

TRUST = (
    Mutant(
        "image-nobody-signed",
        Law.VERIFY,
        _STORE,
        "        if signed is None:\n",
        "        if signed is None and not self._pool.holds(datablock.length, datablock.sha256):\n",
        "A file that only lies in the pool is programmed, though nobody signed for it.",
        _STORED,
    ),
    Mutant(
        "image-hashed-once",
        Law.VERIFY,
        _POOL,
        "        if found != sha256:\n            raise ImageError",
        "        if not found:\n            raise ImageError",
        "An image that rotted on the card after its import is programmed.",
        _STORED,
    ),
    Mutant(
        "expired-imported",
        Law.VERIFY,
        _IMPORTER,
        "    require_fresh(chain.roles, now, source.name)\n",
        "",
        "Whoever holds an old repository back decides for ever what is programmed.",
        (*_TIME, *_ATTACKS),
    ),
    Mutant(
        "clock-set-back-believed",
        Law.VERIFY,
        _EXPIRY,
        "    return max(candidates, key=lambda one: one.at)\n",
        "    return candidates[0]\n",
        "A clock that fell back to 1970 makes everything that ever expired fresh again.",
        _TIME,
    ),
    Mutant(
        "grace-without-end",
        Law.VERIFY,
        _EXPIRY,
        "    if now.at < until:\n",
        "    if now.at:\n",
        "Expired trust is used for ever.",
        _TIME,
    ),
    Mutant(
        "foreign-folder-signed",
        Law.VERIFY,
        _LAYOUT,
        "        if not one.paths or not set(one.paths) <= set(author_patterns(one.author)):\n",
        "        if not one.paths:\n",
        "One author may replace another one's campaign.",
        _ATTACKS,
    ),
    Mutant(
        "used-before-it-was-on-the-disk",
        Law.JOURNAL,
        _IMPORTER,
        "    write_record(generation.folder, Imported(source.name, now.at))\n"
        "    generation.share()\n    _put_in_use(cache, generation)\n",
        "    generation.share()\n    _put_in_use(cache, generation)\n"
        "    write_record(generation.folder, Imported(source.name, now.at))\n",
        "A power cut in an import leaves a cache that cannot be opened.",
        ("tests/firmware/test_cut_off.py",),
    ),
    Mutant(
        "images-of-an-unfinished-job-swept",
        Law.VERIFY,
        _IMPORTER,
        "    _require_needed(chain, needed, source.name)\n",
        "",
        "A control unit in its bootloader cannot be finished, because its image went with an import.",
        (*_IMPORTING, "tests/commands/test_cache.py"),
    ),
    Mutant(
        "too-old-trust-begins-a-job",
        Law.VERIFY,
        "appliance/engine/engine.py",
        "        if age is not None and not age.usable:\n",
        "        if age is None:\n",
        "A START begins from firmware that nobody has vouched for in a year.",
        _INCOMING,
    ),
    Mutant(
        "started-while-it-is-imported",
        Law.VERIFY,
        "appliance/engine/engine.py",
        "            for command in commands if not self._incoming.under_way else ():\n",
        "            for command in commands:\n",
        "A job begins with firmware that is just being replaced.",
        _INCOMING,
    ),
    Mutant(
        "imported-under-a-job",
        Law.VERIFY,
        "appliance/commands/cache_watch.py",
        "            if not self._idle():\n                return\n",
        "",
        "The images change under a job that is at work.",
        _WATCHED,
    ),
    Mutant(
        "need-not-asked-for",
        Law.VERIFY,
        "appliance/campaign/plan.py",
        "    require_needs(campaign, units_seen, [one.address for one in units if one.action is Action.PROGRAM])\n",
        "",
        "Two control units stand side by side that do not understand each other.",
        _TEST_NEEDS,
    ),
    Mutant(
        "need-met-afterwards",
        Law.VERIFY,
        _NEEDS,
        "one.address in programmed and one.order < unit.order]",
        "one.address in programmed]",
        "Two that need each other's new software are begun, and the first one is stuck.",
        _TEST_NEEDS,
    ),
    Mutant(
        "need-met-by-a-dead-unit",
        Law.VERIFY,
        _NEEDS,
        "if other and other.svk and not other.in_bootloader else ()",
        "if other and other.svk else ()",
        "What a control unit in its bootloader names is taken for what it runs.",
        _TEST_NEEDS,
    ),
    Mutant(
        "stump-written-back",
        Law.TRUTH,
        "appliance/procedure/backup.py",
        "    if len(present) != len(kept.data):\n",
        "    if not kept.data:\n",
        "A copy of coding data that was cut short is written into the control unit.",
        ("tests/procedure/test_code.py",),
    ),
    Mutant(
        "key-in-the-recording",
        Law.VERIFY,
        "appliance/bus/recording.py",
        "self._blanker.blanked(can_id, data)",
        "data",
        "Who has the recording has seed and key.",
        ("tests/bus/test_secrets.py", "tests/security/test_no_secret_is_kept.py"),
    ),
    Mutant(
        "key-service-left-running",
        Law.WAITS,
        "appliance/procedure/key.py",
        "with closing(service.begin(challenge)) as pending:",
        "for pending in (service.begin(challenge),):",
        "The program that makes keys goes on after the job was cancelled.",
        ("tests/procedure/test_key.py", "tests/security/test_on_the_bench.py"),
    ),
    Mutant(
        "key-waited-for-without-end",
        Law.WAITS,
        "appliance/security/external.py",
        "        if self._clock.now_s() >= self._due_s:\n",
        "        if self._due_s < 0:\n",
        "A key service that says nothing holds an open control unit for minutes.",
        ("tests/security/test_program.py", "tests/security/test_connection.py"),
    ),
    Mutant(
        "secret-on-standard-error",
        Law.VERIFY,
        "appliance/security/program.py",
        "stderr=subprocess.DEVNULL",
        "stderr=None",
        "What a key program prints goes into the system's log.",
        ("tests/security/test_program.py",),
    ),
    Mutant(
        "keys-over-plain-http",
        Law.LOCAL,
        "appliance/security/relay.py",
        'case "http" if _this_machine(host):',
        'case "http":',
        "Seeds and keys cross the network in the open.",
        ("tests/security/test_relay.py",),
    ),
)
