"""Every address that the resolver knows, as text: `/settings/letters/<uuid:letter_id>/`."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def _flatten(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """Yield every pattern with its route; regular expressions keep their text."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").replace("\\Z", "")
        if isinstance(pattern, URLResolver):
            yield from _flatten(pattern.url_patterns, route)
        else:
            yield route, pattern


#: the staff site's list of one app is one route with an alternative an app; each is a page of its own here
_ONE_APP = re.compile(r"\(\?P<app_label>([a-z|]+)\)/\$")


def patterns() -> dict[str, URLPattern]:
    """Return route → pattern, sorted; each route once, with the pattern that answers it."""
    found: dict[str, URLPattern] = {}
    for route, pattern in _flatten(get_resolver().url_patterns):
        apps = _ONE_APP.search(route)
        for each in [_ONE_APP.sub(f"{app}/", route) for app in apps[1].split("|")] if apps else [route]:
            found.setdefault(each, pattern)
    return dict(sorted(found.items()))


def routes() -> list[str]:
    """Return every route once, sorted."""
    return list(patterns())
