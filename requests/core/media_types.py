"""What kind of file something is, by what is in it. Plain Python."""

import re
from unicodedata import category

#: media type → how such a file begins
_BEGINNINGS = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
#: all that are known
MEDIA_TYPES = (*_BEGINNINGS, "text/plain")

#: how a page, a drawing or a script begins, or what makes a text one
_MARKUP = re.compile(r"\A\ufeff?\s*(?:<[a-z!?]|#!)|<(?:script|svg|iframe)\b", re.IGNORECASE)


def media_type_of(content: bytes) -> str | None:
    """Return the media type of a PDF, PNG, JPEG or plain text in UTF-8; None for anything else, pages too."""
    for media_type, beginning in _BEGINNINGS.items():
        if content.startswith(beginning):
            return media_type
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    if _MARKUP.search(text):
        return None
    is_plain = all(category(sign) != "Cc" or sign in "\r\n\t" for sign in text)
    return "text/plain" if is_plain else None
