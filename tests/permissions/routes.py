"""Every address that the resolver knows, as text: `/settings/letters/<uuid:letter_id>/`."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def walk(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    """Yield the route of every pattern; regular expressions keep their text."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").replace("\\Z", "")
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, route)
        else:
            yield route


#: the staff site's list of one app is one route with an alternative an app; each is a page of its own here
_ONE_APP = re.compile(r"\(\?P<app_label>([a-z|]+)\)/\$")


def routes() -> list[str]:
    """Return every route once, sorted."""
    found = set()
    for route in walk(get_resolver().url_patterns):
        apps = _ONE_APP.search(route)
        found |= {_ONE_APP.sub(f"{app}/", route) for app in apps[1].split("|")} if apps else {route}
    return sorted(found)
