"""The exact text that a user agrees to or refuses, by version."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _, ngettext

#: raise it with every change of the text below, so that each answer can be traced to what was shown
VERSION = "4"
#: of an answer by an access token, to which no text is shown
UNSHOWN_VERSION = "token-1"


@dataclass(frozen=True)
class ShownText:
    """What a page showed: the text, its version and language, and when."""

    text: str
    version: str
    language: str
    shown_at: datetime


#: apostrophes and joiners of letters, which are part of words
_KEPT = "\u2018\u2019\u200c\u200d"


def _inside(character: str) -> str:
    """Return a character that may stand inside quotation marks: none that ends them, moves their end on screen or
    controls a screen; spaces and line breaks are folded."""
    kind = unicodedata.category(character)
    if character in _KEPT or character.isspace():
        return character
    if kind in {"Cf", "Cc"}:
        return ""
    return "'" if character in '"\u201e\uff02' or kind in {"Pi", "Pf"} else character


def quote(text: str) -> str:
    """Return somebody's text on one line, in quotation marks that it cannot end."""
    return "“" + " ".join("".join(map(_inside, text)).split()) + "”"


def render_duration(duration: timedelta) -> str:
    """Return a duration as text: in days, hours or minutes, whichever is whole."""
    minutes = int(duration.total_seconds() // 60)
    if minutes < 1:
        return _("less than a minute")
    if minutes % 1440 == 0:
        return ngettext("%(count)d day", "%(count)d days", minutes // 1440) % {"count": minutes // 1440}
    if minutes % 60 == 0:
        return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def agreement_text(
    *,
    reference: str,
    asker: str,
    jobs: Sequence[str],
    reason: str,
    labels: Sequence[str],
    window: timedelta,
    expires_at: datetime,
) -> str:
    """Return the text in the active language, lines separated by newlines."""
    zone = localtime(expires_at).strftime("%Z")
    # A zone without letters of its own, like Dubai's, is named by its offset alone.
    until = date_format(localtime(expires_at), "DATETIME_FORMAT") + (" UTC" if zone[0] in "+-" else " ") + zone
    lines = [
        _("%(asker)s (%(jobs)s, OmegaCloud) asks to look at data of yours. Reference: %(reference)s.")
        % {"asker": asker, "jobs": ", ".join(jobs) or _("staff"), "reference": reference},
        "",
        _("The reason, in their words: %(reason)s") % {"reason": quote(reason)},
        "",
        _("The items asked for:"),
        *(f"{number}. {' '.join(label.split())}" for number, label in enumerate(labels, start=1)),
        "",
        _(
            "If you agree, %(asker)s, and nobody else, may look at the items that you tick, for %(window)s from the "
            "moment you agree. Items that you do not tick stay closed."
        )
        % {"asker": asker, "window": render_duration(window)},
        _("Each access is logged before anything is shown, and appears on your page “Who looked at your data”."),
        _(
            "You may end this permission at any time on your page “Requests to look at your data”; the next access is "
            "then refused."
        ),
        _("You need not agree. If you refuse, or do not answer by %(until)s, nobody looks on this ground.")
        % {"until": until},
    ]
    return "\n".join(lines)
