"""What apps declare at start for an app below them, which may not import them. Plain Python."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Generic, ParamSpec, TypeVar, cast

T = TypeVar("T")
P = ParamSpec("P")


class Registry(dict[str, T]):
    """Declarations by their unique name; `what` is the kind of thing, for the error message."""

    def __init__(self, what: str, name_of: Callable[[T], str] = attrgetter("name")) -> None:
        super().__init__()
        self._what = what
        self._name_of = name_of

    def register(self, declared: T) -> T:
        """Add a declaration and return it; raises ValueError when its name is taken."""
        name = self._name_of(declared)
        if name in self:
            raise ValueError(f"{self._what} {name!r} is declared twice.")
        self[name] = declared
        return declared

    def declaring(self, make: Callable[P, T]) -> Callable[P, T]:
        """Return a function with the parameters of `make` that registers what it makes."""

        def declare(*args: P.args, **kwargs: P.kwargs) -> T:
            return self.register(make(*args, **kwargs))

        return declare

    def listed(self) -> list[T]:
        """Return the declarations in the order of their names."""
        return [self[name] for name in sorted(self)]


class Listeners(list[T]):
    """Callables (or other participants) of one occasion, in the order in which they registered."""

    def register(self, listener: T) -> T:
        """Add a listener and return it."""
        self.append(listener)
        return listener

    @property
    def tell(self) -> T:
        """Return a callable that calls each listener with its own arguments; one that raises stops the others."""

        def tell_each(*args: Any, **kwargs: Any) -> None:
            for listener in self:
                cast("Callable[..., object]", listener)(*args, **kwargs)

        return cast("T", tell_each)


class Port(Generic[T]):
    """An interface that one app above implements; `what` is named in the error message."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._implementation: T | None = None

    def register(self, implementation: T) -> T:
        """Set the implementation and return it."""
        self._implementation = implementation
        return implementation

    def get(self) -> T:
        """Return the implementation; raises RuntimeError when none was registered."""
        if self._implementation is None:
            raise RuntimeError(f"No {self._what} is registered.")
        return self._implementation
