"""Show what somebody wrote to somebody else: nothing in it hides, and nothing turns the text around it."""

import re

from django import template

register = template.Library()
#: characters that turn text around (U+202E shows `exe.txt` for `txt.exe`) or are not seen; line breaks, tabs and the
#: joiners of letters are text
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)


@register.filter(is_safe=True)
def visible(text: object) -> str:
    """Return somebody's text with each such character written as `[U+202E]`."""
    return _HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", str(text))


def visible_length(text: str) -> int:
    """Return how many characters of a text somebody sees: without such characters and without spaces around it."""
    return len(_HIDDEN.sub("", text).strip())
