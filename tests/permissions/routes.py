"""Every address that the resolver knows, as text: `/settings/letters/<uuid:letter_id>/`."""

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


def routes() -> list[str]:
    """Return every route once, sorted."""
    return sorted(set(walk(get_resolver().url_patterns)))
