"""What a person's token may do. Plain choices: each API view names one."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TokenScope(TextChoices):
    """A scope of a person's token, and what it lets its holder do."""

    HELD_READ = "held:read", _("read what we hold about you")
    REQUESTS_READ = "requests:read", _("read your requests about your data")
    REQUESTS_WRITE = "requests:write", _("make and withdraw requests about your data")
    ACCESS_READ = "access:read", _("read who looked at your data")
    ACCESS_DECIDE = "access:decide", _("answer requests to look at your data")
    CONNECTIONS_READ = "connections:read", _("read what is connected to your account")
    HISTORY_READ = "history:read", _("read what happened in your account")
    POLICY_READ = "policy:read", _("read the policy and its changes")
    QUEUE_READ = "queue:read", _("as staff: read the queue of requests")
    QUEUE_DECIDE = "queue:decide", _("as staff: decide about requests in the queue")


#: for members of staff with a role in force and a second factor, and for a day at most
STAFF_SCOPES = frozenset({TokenScope.QUEUE_READ, TokenScope.QUEUE_DECIDE})


def scope_labels(scopes: list[str]) -> list[str]:
    """Return what these scopes let one do, in the order above."""
    return [str(scope.label) for scope in TokenScope if scope in scopes]
