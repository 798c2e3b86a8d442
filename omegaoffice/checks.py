"""What must hold before anything starts."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error, register

_OURS = Path(__file__).resolve().parent.parent


@register
def http_library_is_found(**_options: Any) -> Sequence[CheckMessage]:
    """Report when `import requests` would find our folder of that name, and not the HTTP library."""
    found = importlib.util.find_spec("requests")
    place = found.origin if found else None
    if place and not Path(place).resolve().is_relative_to(_OURS / "requests"):
        return []
    return [
        Error(
            "`import requests` does not find the HTTP library that allauth and Stripe need.",
            hint="The folder requests/ must have no __init__.py, and the library must be installed.",
            id="omegaoffice.E001",
        )
    ]
