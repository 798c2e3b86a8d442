"""The letters of the terms: a new version of the policy, and what else is announced to everybody."""

from django.urls import reverse

from accounts.inbox.kinds import declare_letter

NEW_VERSION = declare_letter(
    "terms.policy",
    "letters/terms_policy_subject.txt",
    "letters/terms_policy_body.txt",
    page_of=lambda _case: reverse("own_policy:policy"),
    names_case=False,
)
PROCESSOR_COMES = declare_letter(
    "terms.processors",
    "letters/terms_processors_subject.txt",
    "letters/terms_processors_body.txt",
    page_of=lambda _case: reverse("terms:processors"),
    names_case=False,
)
ANNOUNCED = declare_letter(
    "terms.announcement",
    "letters/terms_announcement_subject.txt",
    "letters/terms_announcement_body.txt",
    names_case=False,
)
