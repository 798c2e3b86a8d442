"""allauth's list of a person's sessions: its table and model, filled by our own receivers."""

from allauth.usersessions.apps import UserSessionsConfig


class SessionListConfig(UserSessionsConfig):  # type: ignore[misc]  # allauth ships no types
    """Connects none of allauth's receivers: they would keep the cookie itself, where we keep its hash."""

    def ready(self) -> None:
        """Leave the signals alone."""
