"""Erase a person at Mixpanel by its data-deletion API, by the pseudonym under which their events were sent.

A task is created (https://developer.mixpanel.com/reference/gdpr-api) and may take days: its state is read again later.
"""

from datetime import timedelta
from hashlib import sha256
from urllib.parse import quote, urlencode

import orjson
from django.conf import settings

from accounts.workloads.models import AnalyticsProvider, Pseudonym
from audit.publishing import ssrf_safe_post
from core import db
from rights.errors import ProviderError, WaitsOutsideError
from rights.states import Attestation

from .steps import Attempt, StepResult

#: how long after an answer that it is under way Mixpanel is called again
CALL_AGAIN_AFTER = timedelta(hours=6)
_API = "/api/app/data-deletions/v3.0/"
_OK = 200


def is_set_up() -> bool:
    """Return whether Mixpanel is called by machine; else an officer erases there by hand."""
    return bool(settings.MIXPANEL_TOKEN and settings.MIXPANEL_SECRET)


def erase_at_mixpanel(attempt: Attempt) -> StepResult:
    """Order the deletion at the first attempt, and read its state at the following ones.

    The receipt keeps the digest of the pseudonym, never itself. Raises WaitsOutsideError while it is under way,
    ProviderError, DeliveryError.
    """
    step = attempt.step
    known = step.receipt or {}
    if "task" not in known:
        with db.authorised_by(step.subject, attempt.entry):
            pseudonym = Pseudonym.objects.filter(subject=step.subject, provider=AnalyticsProvider.MIXPANEL).first()
        if pseudonym is None:
            return StepResult(0, facts={"finding": Attestation.NOTHING_HELD.value})
        body = {"distinct_ids": [pseudonym.value], "compliance_type": "GDPR"}
        results = _call("", body)
        task = str(results.get("task_id") or results.get("tracking_id") or "")
        if not task or len(task) > 100:  # noqa: PLR2004  no number of a task is so long
            raise ProviderError("no_task")
        digest = sha256(pseudonym.value.encode()).hexdigest()
        attempt.lease.hold(receipt={"task": task, "pseudonym_sha256": digest})
        raise WaitsOutsideError(CALL_AGAIN_AFTER)
    state = str(_call(f"{quote(known['task'], safe='')}/").get("status", ""))
    if state in {"PENDING", "STAGING", "STARTED"}:
        raise WaitsOutsideError(CALL_AGAIN_AFTER)
    if state != "SUCCESS":
        attempt.lease.hold(receipt=None)  # the next attempt orders it anew
        raise ProviderError("not_erased")
    return StepResult(1, facts={"finding": Attestation.ERASED.value, **known})


def _call(path: str, body: object = None) -> dict[str, object]:
    url = f"{settings.MIXPANEL_URL.rstrip('/')}{_API}{path}?{urlencode({'token': settings.MIXPANEL_TOKEN})}"
    headers = {"Authorization": f"Bearer {settings.MIXPANEL_SECRET}"}
    if body is None:
        answer = ssrf_safe_post.get(url, headers=headers)
    else:
        answer = ssrf_safe_post.post(url, orjson.dumps(body), kind="application/json", headers=headers)
    if answer.status != _OK:
        raise ProviderError(str(answer.status))
    try:
        results = orjson.loads(answer.body)["results"]
    except (ValueError, KeyError, TypeError):
        results = None
    if not isinstance(results, dict):
        raise ProviderError("unreadable")
    return results
