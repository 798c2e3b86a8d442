"""Countries by their ISO code, in the reader's language."""

import re

from babel import Locale
from django.utils.translation import get_language, gettext as _

#: codes that CLDR has beside the countries': outlying places, unions, tests, and an unknown one
_NO_COUNTRY = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
_CODE = re.compile(r"[A-Z]{2}")


def _territories() -> dict[str, str]:
    return dict(Locale.parse(get_language() or "en").territories)


def country_name(code: str) -> str:
    """Return a country's name; empty for no code."""
    return _territories().get(code, code)


def country_choices() -> list[tuple[str, str]]:
    """Return every country, by name."""
    found = [(c, name) for c, name in _territories().items() if _CODE.fullmatch(c) and c not in _NO_COUNTRY]
    return [("", _("choose one")), *sorted(found, key=lambda country: country[1])]
