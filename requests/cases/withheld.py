"""Cases of which their person is not to know yet, since a law delays the notice. Each app registers its own."""

from collections.abc import Callable, Iterable

from core.registry import Listeners

_sources = Listeners[Callable[[str], Iterable[str]]]()
#: takes a function from a person's reference to the references of such cases
register_withheld = _sources.register


def withheld_cases(reference: str) -> set[str]:
    """Return the references of such cases about this person; their own pages need not ask, the database hides them."""
    return {case for source in _sources for case in source(reference)}
