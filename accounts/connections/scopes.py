"""Google's scopes that automations may need: real name, Google's own class, a sentence. Plain Python."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

# Marks a text for the translation catalogues; the view translates it.
_: Callable[[str], str] = str

PREFIX = "https://www.googleapis.com/auth/"


class ScopeClass(StrEnum):
    """How Google's API Services User Data Policy sorts a scope."""

    RESTRICTED = "restricted"
    SENSITIVE = "sensitive"
    PLAIN = "neither"


@dataclass(frozen=True, slots=True)
class Scope:
    """One permission at Google; `sentence` is an English source text for translation."""

    name: str
    kind: ScopeClass
    service: str
    sentence: str

    @property
    def url(self) -> str:
        """Return the scope as Google's consent page takes it."""
        return PREFIX + self.name


_R, _S, _P = ScopeClass.RESTRICTED, ScopeClass.SENSITIVE, ScopeClass.PLAIN

CATALOGUE: dict[str, Scope] = {
    scope.name: scope
    for scope in (
        Scope("gmail.readonly", _R, "Gmail", _("Read all mail and settings, change nothing.")),
        Scope("gmail.modify", _R, "Gmail", _("Read, write, send and label mail, without deleting it for good.")),
        Scope("gmail.send", _S, "Gmail", _("Send mail, without reading any.")),
        Scope("gmail.labels", _P, "Gmail", _("See and change labels, without reading mail.")),
        Scope("drive", _R, "Drive", _("See, change, create and delete every file in Drive.")),
        Scope("drive.readonly", _R, "Drive", _("See and download every file in Drive, change nothing.")),
        Scope("drive.file", _P, "Drive", _("See and change only files that were made or opened with OmegaCloud.")),
        Scope("documents", _S, "Docs", _("See, change, create and delete every Docs document.")),
        Scope("documents.readonly", _S, "Docs", _("See every Docs document, change nothing.")),
        Scope("spreadsheets", _S, "Sheets", _("See, change, create and delete every Sheets spreadsheet.")),
        Scope("spreadsheets.readonly", _S, "Sheets", _("See every Sheets spreadsheet, change nothing.")),
    )
}


def scope_named(text: str) -> Scope | None:
    """Return the scope of a short name or a full URL, or None when the catalogue does not know it."""
    return CATALOGUE.get(text.removeprefix(PREFIX))
