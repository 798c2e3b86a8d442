"""The queue of rights requests by API, for members of staff with a token of a day: /api/v1/staff/…

Which requests somebody sees, and may hold, is decided as on the staff pages. What these ask a step-up for
is done there.
"""

from hashlib import sha256
from http import HTTPStatus
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.identity.api import AFTER, NEXT, ListView, UserApiView, own_problems, person
from accounts.identity.models import User
from accounts.identity.policies import roles_of
from accounts.identity.roles import Role
from accounts.identity.token_scopes import TokenScope
from audit.api.base import RefusedError
from cases.errors import NotAllowedError
from cases.policies import open_acts
from cases.queue import PAGE_SIZE, open_cases
from cases.services import record_refusal, record_showing
from core import db

from . import presenters, services
from .api import AnswerTextSerializer, RequestStepSerializer
from .filing_forms import answers_of
from .kind import RIGHTS
from .models import RightsRequest
from .policies import may_see, visible_to
from .selectors import get_request, get_request_for_update, list_holds_on, list_requests, list_steps
from .staff.actions import ACTIONS
from .states import Kind, RequestState

#: what is harmless and reversible → its service
_ACTS = {"take": services.take_request, "release": services.release_request}
_ETAG = "Send it as If-Match to act: it changes with what others do."
_PROBLEMS = {403: "The token lacks the scope, or its person the role.", 404: "No such request."}


class QueuedSerializer(serializers.Serializer[Any]):
    """A request in the queue."""

    reference = serializers.CharField(source="case.reference")
    kind = serializers.ChoiceField(Kind.choices, source="case.kind")
    state = serializers.ChoiceField(RequestState.choices, source="case.state")
    person = serializers.CharField(source="who", help_text="The user name; empty for who does not work on requests.")
    received_at = serializers.DateTimeField(source="case.received_at")
    identified_at = serializers.DateTimeField(source="case.identified_at", allow_null=True)
    due_on = serializers.DateField(source="case.due_on")
    due_at = serializers.DateTimeField(source="case.due_at")
    left = serializers.CharField(help_text="In words.")
    assignee = serializers.CharField(source="holder", help_text="The user name of who holds it; empty: nobody.")
    flags = serializers.ListField(child=serializers.CharField(), help_text="What is late, or waits.")
    etag = serializers.CharField(help_text=_ETAG)
    page = serializers.CharField(help_text="Where it stands on the site.")


class QueueSerializer(serializers.Serializer[Any]):
    """A page of open requests, the most urgent first."""

    requests = QueuedSerializer(many=True)
    next = serializers.CharField(**NEXT)


class StaffFactsSerializer(serializers.Serializer[Any]):
    """What the page of a request shows besides; texts that people wrote are there alone."""

    days_left = serializers.IntegerField(source="deadline.days_left", help_text="Below zero once it is overdue.")
    deadline = serializers.ListField(source="deadline.derivation", child=serializers.CharField())
    asked = AnswerTextSerializer(many=True)
    steps = RequestStepSerializer(many=True)
    acts = serializers.ListField(child=serializers.CharField(), help_text="What you may do with it now.")


class StaffRequestSerializer(QueuedSerializer, StaffFactsSerializer):
    """One request, for staff."""


def _etag(case: Any) -> str:
    facts = (case.state, case.assignee_id, case.identified_at, case.due_at, case.paused_since, case.closed_at)
    return f'"{sha256(repr((case.pk, *facts)).encode()).hexdigest()[:32]}"'


class _StaffView(UserApiView):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.roles: frozenset[Role] = roles_of(person(request))
        if not self.roles & RIGHTS.readers:
            raise PermissionDenied("Your roles do not let you see the queue.")

    @property
    def worker(self) -> User | None:
        """Return who calls, if they may hold requests."""
        return person(self.request) if self.roles & RIGHTS.workers else None

    def rows(self, cases: Any) -> list[dict[str, Any]]:
        """Return the rows of the queue."""
        return [
            {
                **vars(row),
                "flags": [str(label) for label, _tone in row.flags],
                "etag": _etag(row.case),
                "page": self.request.build_absolute_uri(row.url),
            }
            for row in presenters.request_rows(cases, self.worker, timezone.now())
        ]

    def case(self, reference: str) -> RightsRequest:
        """Return a request that this reader may see; raises RightsRequest.DoesNotExist, PermissionDenied."""
        found = get_request(reference)
        if not may_see(found, self.roles):
            raise PermissionDenied("Your roles do not let you see this request.")
        return found

    def answer(self, case: RightsRequest) -> Response:
        """Return one request; that it was opened is logged."""
        user, now = person(self.request), timezone.now()
        record_showing(RIGHTS, case, actor=user, now=now)
        (row,) = self.rows([case])
        facts = {
            "deadline": presenters.deadline_of(case, now),
            "asked": [{"question": str(label), "answer": str(text)} for label, text in answers_of(case)],
            "steps": presenters.step_rows(list_steps(case), list_holds_on(case.subject, now)),
            "acts": sorted(open_acts(RIGHTS, case, user, self.roles)),
        }
        return Response(StaffRequestSerializer({**row, **facts}).data, headers={"ETag": row["etag"]})


class QueueView(_StaffView, ListView):
    """The open requests."""

    scope = TokenScope.QUEUE_READ

    @extend_schema(
        operation_id="staff_queue",
        parameters=[AFTER],
        responses={200: QueueSerializer, **own_problems(scope, {403: _PROBLEMS[403]})},
    )
    def get(self, _request: Request) -> Response:
        """List the open requests.

        The most urgent first, of the kinds that your roles see.
        """
        found = list_requests().filter(open_cases(RIGHTS) & visible_to(self.roles))
        cases, following = self.page_of(found, ("due_at", "id"), PAGE_SIZE)
        return Response(QueueSerializer({"requests": self.rows(cases), "next": following}).data)


class StaffRequestView(_StaffView):
    """One request."""

    scope = TokenScope.QUEUE_READ

    @extend_schema(
        operation_id="staff_request", responses={200: StaffRequestSerializer, **own_problems(scope, _PROBLEMS)}
    )
    def get(self, _request: Request, reference: str) -> Response:
        """Read one request.

        That you opened it is logged. What people wrote, such as notes and questions, stands on its page alone.
        """
        return self.answer(self.case(reference))


class StaffActView(_StaffView):
    """What is done with a request."""

    scope = TokenScope.QUEUE_DECIDE

    @extend_schema(
        operation_id="staff_request_act",
        parameters=[
            OpenApiParameter("act", OpenApiTypes.STR, OpenApiParameter.PATH, enum=[*ACTIONS]),
            OpenApiParameter(
                "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, required=True, description="The `etag` you read."
            ),
        ],
        request=None,
        responses={
            200: StaffRequestSerializer,
            **own_problems(
                scope,
                {
                    403: "The token lacks the scope, its person the right, or the act is done on the page alone.",
                    404: "No such request, or no such act.",
                    409: "It is in another state by now.",
                    412: "The request was changed since you read it.",
                    428: "No If-Match.",
                },
            ),
        },
    )
    def post(self, request: Request, reference: str, act: str) -> Response:
        """Take a request, or put it back: `take`, `release`.

        What else may be done with it is done on its page, which asks for a step-up where it weighs: `page` says where.
        """
        if act not in ACTIONS:
            raise NotFound("There is no such act.")
        case = self.case(reference)
        try:
            self._act(case, act)
        except NotAllowedError:
            record_refusal(RIGHTS, case, actor=person(request), act=act, now=timezone.now())
            raise
        return self.answer(self.case(reference))

    def _act(self, case: RightsRequest, act: str) -> None:
        if self.worker is None:
            raise NotAllowedError("actor", _("Your roles do not let you do this."))
        if act not in _ACTS:
            page = self.request.build_absolute_uri(reverse(f"{RIGHTS.url}_{act}", args=[case.reference]))
            sentence = _("This is done on its page, which asks for a step-up where it weighs.")
            raise RefusedError(HTTPStatus.FORBIDDEN, sentence, page=page)
        given = self.request.headers.get("If-Match", "")
        if not given:
            raise RefusedError(HTTPStatus.PRECONDITION_REQUIRED, _("Send the etag of what you read as If-Match."))
        with db.atomic():
            if given != _etag(get_request_for_update(case.reference)):
                raise RefusedError(HTTPStatus.PRECONDITION_FAILED, _("The request was changed since you read it."))
            _ACTS[act](case.reference, actor=self.worker, now=timezone.now())
