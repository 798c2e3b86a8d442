"""A receipt as a download, for the pages of those rooms that know who asks."""

from uuid import UUID

from django.http import HttpResponse

from . import checkpoints
from .errors import CannotCheckError
from .receipts import MEDIA_TYPE, SUFFIX, Receipt

#: when to ask again for what the sequencer has not taken yet, in seconds
RETRY_AFTER = 5


def public_keys() -> list[str]:
    """Return the keys that vouch for the log, as those who verify take them; none where there are none."""
    try:
        return [verifier.encode() for verifier in checkpoints.verifiers()]
    except CannotCheckError:
        return []


def key_options() -> str:
    """Return the keys as options of `verify.py`; during a change of keys both are needed."""
    return " ".join(f"--key '{key}'" for key in public_keys() or ["NAME+KEYID+BASE64"])


def download(receipt: Receipt, entry: UUID) -> HttpResponse:
    """Return the receipt as a file named after its entry."""
    return HttpResponse(
        receipt.encode(),
        content_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{entry}{SUFFIX}"'},
    )
