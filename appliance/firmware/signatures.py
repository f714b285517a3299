"""Whether metadata are signed by whom they should be, and in plain words why not.

Rules.  Counting valid signatures is python-tuf's; this only says what the count means: no signature, signatures of
strangers, a changed text, or too few of several.  A caller that trusts metadata asks for the problem first.

Source: TUF specification 1.0.34, §4.2.1 (keys and thresholds), §5.3.4, §5.4.2, §5.5.3, §5.6.3 (arbitrary software).
"""

from __future__ import annotations

from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp


def signature_problem(
    role: str,
    metadata: Metadata[Root] | Metadata[Timestamp] | Metadata[Snapshot] | Metadata[Targets],
    delegator: Root | Targets,
) -> str:
    """What is wrong with the signatures of `metadata`, which are those of `role`; empty: nothing.

    Args:
        delegator: Who says which keys may sign for the role.

    Raises:
        RepositoryError, ValueError: the metadata cannot be spelled canonically, or nobody delegated the role.
    """
    payload = metadata.signed_bytes
    result = delegator.get_verification_result(role, payload, metadata.signatures)
    if result.verified:
        return ""
    if not metadata.signatures:
        return "it is not signed"
    unfit = [keyid for keyid in result.unsigned if keyid in metadata.signatures]
    if unfit:
        return f"it was changed after it was signed: the signature of key {unfit[0][:8]} does not fit"
    if not result.signed:
        return "it is signed, but with no key that may sign it"
    return f"it has {len(result.signed)} of the {result.threshold} signatures it needs"
