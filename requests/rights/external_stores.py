"""What lies outside of the office: erased there by the platform on an order, or by hand and attested with evidence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.utils.translation import gettext_lazy as _

from accounts.connections import github
from core.registry import Registry

#: OmegaCloud's own platform, which erases on an order
PLATFORM = "platform"
#: erased by machine where their keys are set
MIXPANEL, GOOGLE, GITHUB = "mixpanel", "google", "github"


@dataclass(frozen=True)
class ExternalStore:
    """An external store: its processor's slug or `platform`, what it holds on a person, how it is erased there.

    `holds_on(reference)` returns whether it may hold something on a person.
    """

    name: str
    title: Any
    what: Any
    how: Any
    holds_on: Callable[[str], bool] = lambda _reference: True


_stores = Registry[ExternalStore]("External store")
declare_store = _stores.declaring(ExternalStore)
stores = _stores.listed


def store_named(name: str) -> ExternalStore | None:
    """Return a declared store; None for one that is no longer declared."""
    return _stores.get(name)


def _may_be_at_github(reference: str) -> bool:
    """Return whether an authorisation may be there: whoever plans a deletion sees none that was disconnected."""
    return github.is_set_up() or SocialAccount.objects.filter(user__reference=reference, provider=GITHUB).exists()


declare_store(
    PLATFORM,
    _("OmegaCloud's platform"),
    _("code, files and logs of apps, at AWS, Google Cloud or Azure"),
    _(
        "The platform has an order to erase it, and its receipt settles this step. Where it does not answer: terminate "
        "each app of the person in the platform's console, and note the day on which its last backup expires."
    ),
)
declare_store(
    GOOGLE,
    _("Google, for OmegaCloud"),
    _("consent for Gmail, Drive, Docs or Sheets, and for signing in"),
    _("Revoke the grant in the platform's Google project, and see that no token of the person is left."),
)
declare_store(
    GITHUB,
    _("GitHub, for OmegaCloud"),
    _("the authorisation of our GitHub app"),
    _("Delete the authorisation by the app's settings at GitHub."),
    _may_be_at_github,
)
declare_store(
    "stripe",
    _("Stripe"),
    _("the customer, with payment methods and receipts"),
    _("Delete the customer in Stripe's dashboard; what tax law keeps is excluded with that ground and its end."),
)
declare_store(
    "mail",
    _("The mail provider"),
    _("delivery logs, and suppression lists with the address"),
    _("Delete the address from logs and lists in the provider's console, or note the day on which they expire."),
)
declare_store(
    MIXPANEL,
    _("Mixpanel"),
    _("events under a pseudonym"),
    _("Ask for the deletion of the person's profile and events in Mixpanel's project settings."),
)
declare_store(
    "sentry",
    _("Sentry"),
    _("errors, which may name the account"),
    _("Search for the account's id in Sentry, and delete what is found."),
)
