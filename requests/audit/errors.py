"""What the log refuses."""


class LogError(Exception):
    """Any refusal of the log."""


class UnknownEventError(LogError):
    """An event that nobody registered."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Event {name!r} is not registered.")


class EventFieldError(LogError):
    """A field that the event's type does not name, lacks, or has of another kind."""

    def __init__(self, event: str, field: str, rule: str) -> None:
        super().__init__(f"{event}: field {field!r} {rule}.")


class TamperedError(LogError):
    """What the log says and what it proves do not agree; `place` names the first difference."""

    def __init__(self, place: str, difference: str) -> None:
        super().__init__(f"{place}: {difference}")
        self.place = place
        self.difference = difference


class CannotCheckError(LogError):
    """The log cannot be checked here: something that checking needs was not given."""
