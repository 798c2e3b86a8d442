"""A receipt as a download."""

from uuid import UUID

from django.http import HttpResponse

from audit.errors import CannotCheckError
from audit.merkle.tlog_proofs import MEDIA_TYPE, SUFFIX, Receipt

from . import checkpoints

#: seconds after which to ask again for an entry that is still pending
RETRY_AFTER = 5


def public_keys() -> list[str]:
    """Return the log's public keys as text; none where none is set."""
    try:
        return [verifier.encode() for verifier in checkpoints.verifiers()]
    except CannotCheckError:
        return []


def key_options() -> str:
    """Return the keys as options of `verify.py`; while the key is being rotated both are needed."""
    return " ".join(f"--key '{key}'" for key in public_keys() or ["NAME+KEYID+BASE64"])


def download(receipt: Receipt, entry: UUID) -> HttpResponse:
    """Return the receipt as a file named after its entry."""
    return HttpResponse(
        receipt.encode(),
        content_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{entry}{SUFFIX}"'},
    )
