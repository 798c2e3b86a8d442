"""The evidence: a line for each entry. Plain Python."""

from base64 import b64encode
from collections.abc import Iterable


def line(index: int, leaf: bytes, disclosures: Iterable[str] = ()) -> bytes:
    """Return one entry's line, canonical JSON and a newline; disclosures are RFC 9901 text, here sorted, each once."""
    shown = ",".join([f'"{disclosure}"' for disclosure in sorted(set(disclosures))]) if disclosures else ""
    return b'{"disclosures":[%b],"index":%d,"leaf":"%b"}\n' % (shown.encode("ascii"), index, b64encode(leaf))
