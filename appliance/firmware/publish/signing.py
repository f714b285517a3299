"""Keys and signatures in python-tuf's words; `roles` is the only other file that knows them.

Rules.  A role is signed with those keys at hand that its delegation lists, and with no others.  Too few of them is
refused before anything is written, and says which ones are listed.

A listed key carries the name we gave it, in a field of its own that clients pass over (TUF specification 1.0.34, §4.2:
unrecognised fields are kept); nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import Key, Metadata, Root, Snapshot, Targets, Timestamp

from appliance.errors import UsageError
from appliance.firmware.publish.keys import Keys, PublicKey, SigningKey

NAME_FIELD = "x-kl30-name"

S = TypeVar("S", Root, Timestamp, Snapshot, Targets)


def listed_key(key: PublicKey) -> SSlibKey:
    """A public key as metadata lists it."""
    plain = SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(key.raw))
    plain.unrecognized_fields[NAME_FIELD] = key.name
    return plain


def sign(metadata: Metadata[S], role: str, delegators: Sequence[Root | Targets], keys: Keys) -> None:
    """Replace the signatures of `metadata`, which is for `role`.

    Args:
        delegators: Each has to find its own threshold; a new root has two, the old root and itself.

    Raises:
        UsageError: too few of the listed keys are at hand.
    """
    signers = {signer.public_key.keyid: signer for signer in map(_signer, keys.keys)}
    metadata.signatures.clear()
    for delegator in delegators:
        listed = delegator.get_delegated_role(role)
        at_hand = [keyid for keyid in listed.keyids if keyid in signers]
        if len(at_hand) < listed.threshold:
            raise _too_few(role, listed.threshold, [delegator.get_key(one) for one in listed.keyids], at_hand)
        for keyid in at_hand:
            if keyid not in metadata.signatures:
                metadata.sign(signers[keyid], append=True)


def can_sign(role: str, delegator: Root | Targets, keys: Keys) -> bool:
    """Whether enough of the keys a delegation lists are at hand."""
    listed = delegator.get_delegated_role(role)
    ids = {signer.public_key.keyid for signer in map(_signer, keys.keys)}
    return len(ids.intersection(listed.keyids)) >= listed.threshold


def _signer(key: SigningKey) -> CryptoSigner:
    return CryptoSigner(Ed25519PrivateKey.from_private_bytes(key.secret))


def _too_few(role: str, threshold: int, listed: Sequence[Key], at_hand: Sequence[str]) -> UsageError:
    missing = ", ".join(_name(key) for key in listed if key.keyid not in at_hand)
    of_them = f"{threshold} of the keys it lists" if threshold > 1 else "a key it lists"
    return UsageError(
        f"{role} has to be signed with {of_them}, and there are {len(at_hand)} at hand; missing: {missing}",
        do="give the folder that holds them with --keys, which may be given several times; nothing was written",
    )


def _name(key: Key) -> str:
    """What we call it, or the beginning of its id where somebody else listed it."""
    return str(key.unrecognized_fields.get(NAME_FIELD, key.keyid[:8]))
