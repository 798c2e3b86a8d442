"""allauth's app for the list of a person's sessions, filled by our own receivers."""

from allauth.usersessions.apps import UserSessionsConfig


class SessionListConfig(UserSessionsConfig):  # type: ignore[misc]  # allauth ships no types
    """Connects none of allauth's receivers: they would store the cookie itself, where we store its hash."""

    def ready(self) -> None:
        """Connect nothing."""
