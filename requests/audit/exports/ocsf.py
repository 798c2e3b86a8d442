"""One entry as an OCSF 1.3 event, API Activity (6003), for SIEMs: a view, never the evidence.

It holds what the leaf holds and decrypts nothing: people are references, and there is no IP address. `src_endpoint`,
which the class requires, has an id only. `bundle.verify` declares the event, since it compares every one in a bundle.
"""

from typing import Any

import orjson

from .bundle.verify import ocsf_event

#: a file of these lines has no header
HEADER = b""


def row(index: int, leaf: dict[str, Any]) -> bytes:
    """Return the line of one parsed leaf at `index` in the tree: canonical JSON and a newline."""
    return orjson.dumps(ocsf_event(index, leaf), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
