"""Google's scopes: those the practice provider grants, in words, and which of them opens which data endpoint."""

from collections.abc import Mapping
from typing import Final

ROOT: Final = "https://www.googleapis.com/auth/"
EMAIL: Final = f"{ROOT}userinfo.email"
PROFILE: Final = f"{ROOT}userinfo.profile"
IDENTITY: Final = {
    "openid": "Know who you are",
    EMAIL: "See your e-mail address",
    PROFILE: "See your name and picture",
}
# The scopes that the office's automations may need, in words for the consent page.
DATA: Final = {
    f"{ROOT}gmail.readonly": "Read your e-mail",
    f"{ROOT}gmail.send": "Send e-mail for you",
    f"{ROOT}gmail.modify": "Read, write and send your e-mail",
    f"{ROOT}gmail.labels": "See and edit your e-mail labels",
    f"{ROOT}drive.file": "See and edit the Drive files you open with this app",
    f"{ROOT}drive.readonly": "See all your Drive files",
    f"{ROOT}drive": "See, edit and delete all your Drive files",
    f"{ROOT}documents.readonly": "See all your Docs documents",
    f"{ROOT}documents": "See, edit and delete all your Docs documents",
    f"{ROOT}spreadsheets.readonly": "See all your Sheets spreadsheets",
    f"{ROOT}spreadsheets": "See, edit and delete all your Sheets spreadsheets",
}
SHORT: Final = {"email": EMAIL, "profile": PROFILE}


def _scopes(*names: str) -> frozenset[str]:
    return frozenset(ROOT + name for name in names)


_FILES: Final = ("drive", "drive.readonly", "drive.file")
#: Scopes that open an endpoint, one is enough: those of ours among the "Authorization scopes" of Google's references,
#: https://developers.google.com/workspace/{gmail,drive,docs,sheets}/api/reference/rest. `gmail.send` opens none.
OPENED_BY: Final[Mapping[str, frozenset[str]]] = {
    "gmail_messages": _scopes("gmail.readonly", "gmail.modify"),
    "gmail_labels": _scopes("gmail.readonly", "gmail.modify", "gmail.labels"),
    "drive_files": _scopes(*_FILES),
    "document": _scopes("documents", "documents.readonly", *_FILES),
    "spreadsheet": _scopes("spreadsheets", "spreadsheets.readonly", *_FILES),
}


def allow_scopes(requested: str) -> str | None:
    """Spell scopes as Google grants them; None when nothing or something unknown is requested."""
    wanted = {SHORT.get(scope, scope) for scope in requested.split()}
    if wanted & {EMAIL, PROFILE}:
        wanted.add("openid")
    if not wanted or not wanted <= IDENTITY.keys() | DATA.keys():
        return None
    return " ".join(sorted(wanted))
