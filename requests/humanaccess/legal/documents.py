"""The document of a legal process: what is accepted, by what is in it, and how it is kept."""

import re
from uuid import UUID

from django.utils.translation import gettext as _

from cases.errors import CaseError
from core.encrypted_files import open_file, store_file
from core.files import new_file_key
from core.media_types import media_type_of
from vault.errors import KeyDestroyedError
from vault.services import decryptor, encrypt

from .models import LegalProcess

#: bytes of a document
LARGEST_DOCUMENT = 10_000_000
#: what makes a browser or a shell run or render a text
_MARKUP = re.compile(
    rb"\A\s*#!|<\s*(!doctype|\?xml|\?php|html|script|svg|iframe|body|head|object|embed|meta|a\s)", re.IGNORECASE
)
#: bytes at the end of a PDF among which its last mark stands
_TAIL = 2048


def check_document(content: bytes) -> str:
    """Return the media type of a document; raises CaseError for what is none."""
    if not content:
        raise CaseError("document", _("Add the document that was served: this file is empty."))
    if len(content) > LARGEST_DOCUMENT:
        raise CaseError("document", _("The file is larger than 10 MB."))
    media_type = media_type_of(content)
    is_cut = media_type == "application/pdf" and b"%%EOF" not in content[-_TAIL:]
    if media_type is None or is_cut or (media_type == "text/plain" and _MARKUP.search(content)):
        raise CaseError("document", _("The file is no PDF, PNG, JPEG or plain text."))
    return media_type


def store_document(process: LegalProcess, content: bytes) -> None:
    """Encrypt the document under a key of its own, that key under the person's, and fill in the row's columns."""
    process.document_type = check_document(content)
    key = new_file_key()
    try:
        process.document_key = encrypt(process.subject, process.key_context, key)
    except KeyDestroyedError:
        raise CaseError("subject", _("This person was erased: nothing more is kept about them.")) from None
    stored = store_file(f"legal/{process.pk}", key, [content], storing=lambda _size: None)
    process.document, process.document_bytes, process.document_sha256 = stored


def read_document(process: LegalProcess, entry: UUID) -> bytes:
    """Return the document; `entry` authorises decrypting it. Raises KeyDestroyedError, FileNotFoundError."""
    if not process.document:
        raise FileNotFoundError(process.reference)
    key = decryptor(process.subject, entry).decrypt(process.key_context, bytes(process.document_key))
    with open_file(process.document, key) as reader:
        return b"".join(reader.read_range())
