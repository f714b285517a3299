"""The signature of a report: what the device signs, and how.

A signature covers a digest of every key of the report (SHA-256 of the value's canonical form), so that who checks it
can name the key that does not fit, whatever version wrote the report.  What is signed is the canonical form of the
signature itself with an empty `value`: the digests, the public key, the plan's hash, the end of the chain of events,
and the hash of the printed page.

It proves which device wrote the report and that nothing was changed since.  It does not prove that the device told the
truth: who owns the card owns the key.

Sources: RFC 8032 (Ed25519), RFC 8785 (canonical form); docs/decisions/0025.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol

from appliance.engine.canonical import canonical, digest
from appliance.engine.chain import beginning
from appliance.engine.device_key import PublicKey
from appliance.values import to_plain

FORM = "kl30 report 1"  # another number: another meaning of the fields below
ALGORITHM = "Ed25519"
KEY = "signature"  # of the report; the only one that no digest covers


class Edition(Enum):
    """What was signed: the report as the run left it, or one with the vehicle's serial number taken out."""

    ORIGINAL = "original"
    REDACTED = "redacted"


class Signer(Protocol):
    """Whoever holds a device's key."""

    def public(self) -> PublicKey:
        """The public half.

        Raises:
            BoardError: there is no key to be had.
        """

    def sign(self, message: bytes) -> bytes:
        """The signature over a message.

        Raises:
            BoardError: there is no key to be had.
        """


@dataclass(frozen=True, slots=True)
class Signature:
    """A report's signature; digests and keys in lower case hexadecimal digits.

    Attributes:
        form: Of this object, as in `FORM`.
        device: The fingerprint of the public key.
        plan_hash: Of the frozen measures plan; empty: none was frozen.
        chain_head: The newest link of the events, or their beginning when there is none.
        digests: Of every other key of the report.
        sheet: SHA-256 of the printed page without the report in it; empty: none was printed.
        value: The signature; empty while it is made.
    """

    form: str
    algorithm: str
    edition: Edition
    device: str
    public_key: str
    plan_hash: str
    chain_head: str
    digests: Mapping[str, str]
    sheet: str = ""
    value: str = ""


def drafted(plain: Mapping[str, Any], edition: Edition, public: PublicKey) -> Signature:
    """The signature of a report, not signed yet.

    Args:
        plain: The report as JSON-ready values; its own signature does not count.

    Raises:
        ValueError: something in it has no canonical form.
    """
    events = plain["events"]
    return Signature(
        form=FORM,
        algorithm=ALGORITHM,
        edition=edition,
        device=public.fingerprint,
        public_key=public.raw.hex(),
        plan_hash=plain["plan_hash"],
        chain_head=events[-1]["link"] if events else beginning(plain["run"], plain["plan_hash"]),
        digests={key: digest(value) for key, value in sorted(plain.items()) if key != KEY},
    )


def completed(draft: Signature, sheet: str, signer: Signer) -> Signature:
    """A drafted signature, with the printed page's hash, signed.

    Raises:
        BoardError: there is no key to be had.
    """
    unsigned = replace(draft, sheet=sheet, value="")
    return replace(unsigned, value=signer.sign(statement(unsigned)).hex())


def statement(signature: Signature) -> bytes:
    """What a signature is made over."""
    return canonical(to_plain(replace(signature, value="")))
