"""What the demo's counsel records of the processors: contracts and reviews, all made up, and one that is to come."""

from datetime import datetime, timedelta

from accounts.identity.models import User
from accounts.terms.models import Processor
from accounts.terms.services import FACTS, add_processor, change_processor, review_processor
from core import db

_HELPDESK = "example-helpdesk"
_COMING = {
    "name": "Example Helpdesk",
    "purpose": "keeping the questions that you send us",
    "country": "IE",
    "contract": "",
    "contract_on": None,
    "privacy_url": "https://helpdesk.example.org/privacy",
}
#: announced, as it changes what the public list says
_MAIL = {"name": "Example Mail", "country": "DE", "privacy_url": "https://mail.example.org/privacy"}
#: the review of this one is due within the month
_DUE_SOON = "stripe"


def complete_register(counsel: User, now: datetime) -> None:
    """Record contract and review of each processor that has no contract yet."""
    with db.use_role("staff"):
        if not Processor.objects.filter(slug=_HELPDESK).exists():
            since_on = now.date() + timedelta(days=21)
            add_processor(slug=_HELPDESK, since_on=since_on, actor=counsel, now=now, **_COMING)
        for processor in Processor.objects.in_use().filter(contract=""):
            facts = {name: getattr(processor, name) for name in FACTS}
            facts |= _MAIL if processor.slug == "mail" else {}
            signed_on, ago = now.date() - timedelta(days=600), 345 if processor.slug == _DUE_SOON else 120
            change_processor(
                processor.slug,
                **{**facts, "contract": "DPA, version 3", "contract_on": signed_on},
                actor=counsel,
                now=now,
            )
            on = now.date() - timedelta(days=ago)
            due = on + timedelta(days=365)
            review_processor(processor.slug, due_diligence_on=on, review_due_on=due, actor=counsel, now=now)
