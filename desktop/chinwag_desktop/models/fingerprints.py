"""Fingerprints as people compare them: hexadecimal digits in groups of four."""

_GROUP = 4
_SHORT = 2  # groups


def groups_of(sha256: str) -> list[str]:
    """`["4F9A", "03C1", …]`, 16 of them."""
    return [sha256[index : index + _GROUP] for index in range(0, len(sha256), _GROUP)]


def short_fingerprint(sha256: str) -> str:
    """Its beginning, to tell two apart at a glance: `4F9A 03C1…`. Never enough to trust one."""
    return " ".join(groups_of(sha256)[:_SHORT]) + "…"
