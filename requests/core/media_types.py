"""What kind of file something is, by what is in it. Plain Python."""

from unicodedata import category

#: media type → how such a file begins
_BEGINNINGS = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}


def media_type_of(content: bytes) -> str | None:
    """Return the media type of a PDF, PNG, JPEG or plain text in UTF-8; None for anything else."""
    for media_type, beginning in _BEGINNINGS.items():
        if content.startswith(beginning):
            return media_type
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    is_plain = all(category(sign) != "Cc" or sign in "\r\n\t" for sign in text)
    return "text/plain" if is_plain else None
