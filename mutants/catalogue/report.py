"""Bugs in what a report proves: its chain, its signature, and what leaves the workshop."""

from __future__ import annotations

from mutants.mutant import Law, Mutant

_CHAIN = "appliance/engine/journal_chain.py"
_VERIFICATION = "appliance/engine/verification.py"
_KEY = "appliance/engine/device_key.py"
_TEST_CHAIN = ("tests/engine/test_chain.py",)
_TEST_SIGNATURE = ("tests/engine/test_signature.py",)
_TEST_KEY = ("tests/engine/test_device_key.py",)

REPORT = (
    Mutant(
        "chain-begun-anew-with-each-batch",
        Law.TRUTH,
        _CHAIN,
        "heads.get(run) or _head(db, run)",
        "heads.get(run) or _begins_with(db, run)",
        "Events can be taken out of the journal a second at a time, and the chain still fits.",
        _TEST_CHAIN,
    ),
    Mutant(
        "chain-without-its-plan",
        Law.TRUTH,
        "appliance/engine/journal_runs.py",
        "            relink(self._db, run, str(self._path))\n",
        "",
        "The events of one measures plan can be shown as those of another.",
        _TEST_CHAIN,
    ),
    Mutant(
        "altered-event-chained",
        Law.TRUTH,
        _CHAIN,
        '    require_all_sealed([row[1:] for row in rows], "event", where)\n',
        "",
        "An event that the card has altered is chained as if it had been told so.",
        _TEST_CHAIN,
    ),
    Mutant(
        "first-event-not-checked",
        Law.TRUTH,
        _VERIFICATION,
        "    if place is not None:\n",
        "    if place:\n",
        "The first event of a report can say anything.",
        _TEST_SIGNATURE,
    ),
    Mutant(
        "page-not-covered",
        Law.TRUTH,
        _VERIFICATION,
        "    if page and sheet_hash(page) != signature.sheet:\n",
        "    if not page and sheet_hash(page) == signature.sheet:\n",
        "The printed claim can be rewritten around a report that is genuine.",
        _TEST_SIGNATURE,
    ),
    Mutant(
        "added-key-not-seen",
        Law.TRUTH,
        _VERIFICATION,
        'it was added" for key in sorted(keys - signed))',
        'it was added" for key in sorted(keys - keys))',
        "Something nobody signed stands in a genuine report.",
        _TEST_SIGNATURE,
    ),
    Mutant(
        "signature-not-checked",
        Law.TRUTH,
        _VERIFICATION,
        " and key.signed(value, message)\n",
        "\n",
        "Whoever can compute a hash can write a genuine report.",
        _TEST_SIGNATURE,
    ),
    Mutant(
        "anybody-trusted",
        Law.TRUTH,
        "appliance/commands/report_verify.py",
        "    if asked and judgement.device not in known:\n",
        "    if asked and not known:\n",
        "A report that a forger signed with his own key is genuine.",
        ("tests/commands/test_report_verify.py",),
    ),
    Mutant(
        "key-for-everybody",
        Law.TRUTH,
        _KEY,
        "PRIVATE_MODE = 0o600\n",
        "PRIVATE_MODE = 0o644\n",
        "Every user of the appliance can sign in its name.",
        _TEST_KEY,
    ),
    Mutant(
        "turned-key-used",
        Law.LOUD,
        _KEY,
        '        raise ValueError("it is not the key its title names")\n',
        "        return key\n",
        "A card that turned a bit makes another device of the appliance, and nobody is told.",
        _TEST_KEY,
    ),
    Mutant(
        "serial-number-in-recordings",
        Law.LOCAL,
        "appliance/bus/redacted_log.py",
        "        hidden = _blanked(payload, secrets)\n",
        "        hidden = payload\n",
        "A bundle that was given away as redacted names the car.",
        ("tests/bus/test_redacted_log.py",),
    ),
    Mutant(
        "redacted-with-the-old-hash",
        Law.LOCAL,
        "appliance/engine/redaction.py",
        "    report = _readable(hidden.replace(run.plan_hash, hashed) if run.plan_hash else hidden, Report)\n",
        "    report = _readable(hidden, Report)\n",
        "The serial number of a redacted report is found by trying.",
        ("tests/engine/test_redaction.py",),
    ),
)
