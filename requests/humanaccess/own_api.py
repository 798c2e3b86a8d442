"""Who looked at a person's data, and who asks to, by API: /api/v1/me/accesses and /api/v1/me/approvals."""

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.identity.api import AFTER, NEXT, ListView, own_problems, person
from accounts.identity.token_scopes import TokenScope
from audit.api.base import RefusedError, StrictSerializer
from core import db

from . import selectors, services
from .errors import AccessClosedError
from .models import ApprovalRequest
from .own_lists import show_accesses, show_requests
from .presenters import grant_of
from .states import ApprovalState
from .texts import UNSHOWN_VERSION, ShownText
from .views import PAGE_SIZE

_NOT_YOURS = {404: "No such approval request to this person."}


class AccessSerializer(serializers.Serializer[Any]):
    """One access: an item that was opened, or items that were listed by place and time."""

    entry = serializers.UUIDField(source="entry.pk", help_text="Its entry in the log.")
    time = serializers.DateTimeField(source="entry.time")
    reader = serializers.CharField(help_text="Who looked.")
    kind = serializers.CharField(help_text="The kind of item.")
    is_listed = serializers.BooleanField(help_text="Whether items were listed alone, and none was opened.")
    name = serializers.CharField(default="", help_text="What you call the item.")
    item = serializers.CharField(source="item.title", default="")
    reference = serializers.CharField(source="entry.case_ref", allow_null=True, help_text="Under which request.")
    ground = serializers.CharField(default="")
    reason = serializers.CharField(default="")
    decided_by = serializers.CharField(source="deciders", default="")
    nothing_shown = serializers.BooleanField(default=False)
    finding = serializers.CharField(default="", help_text="in_order or concern, once it was reviewed.")


class ToldProcessSerializer(serializers.Serializer[Any]):
    """A legal process about the person."""

    reference = serializers.CharField(source="process.reference")
    state = serializers.CharField(source="process.get_state_display")
    kind = serializers.CharField(source="process.get_kind_display")
    country = serializers.CharField(source="process.country")
    authority = serializers.CharField()
    number = serializers.CharField()
    received_at = serializers.DateTimeField(source="process.received_at")
    produced_at = serializers.DateTimeField(source="process.produced_at", allow_null=True)
    production = serializers.CharField(help_text="What was handed over.")


class TotalAccessSerializer(serializers.Serializer[Any]):
    """An access to totals by day."""

    entry = serializers.UUIDField(source="entry.pk")
    time = serializers.DateTimeField(source="entry.time")
    reader = serializers.CharField()
    title = serializers.CharField()


class AccessesSerializer(serializers.Serializer[Any]):
    """A page of accesses, newest first, and on each page what else the access history shows."""

    accesses = AccessSerializer(many=True)
    legal_processes = ToldProcessSerializer(source="processes", many=True)
    totals = TotalAccessSerializer(many=True)
    next = serializers.UUIDField(**NEXT)


class AccessesView(ListView):
    """The access history."""

    scope = TokenScope.ACCESS_READ

    @extend_schema(
        operation_id="me_accesses",
        parameters=[OpenApiParameter("after", OpenApiTypes.UUID, description=AFTER.description)],
        responses={200: AccessesSerializer, **own_problems(scope)},
    )
    def get(self, request: Request) -> Response:
        """Read who looked at your data.

        Every time a person opened an item of yours, or listed your items, from the log itself.
        """
        user = person(request)
        with db.row_security_for(user.reference):
            entries, following = self.page_of(selectors.list_accesses(user.reference), ("-id",), PAGE_SIZE)
        shown = show_accesses(user, entries, timezone.now())
        return Response(AccessesSerializer({**shown, "next": following}).data)


class ApprovalItemSerializer(serializers.Serializer[Any]):
    """One item that somebody asks to read."""

    id = serializers.UUIDField(source="item")
    kind = serializers.CharField()
    title = serializers.CharField()
    answer = serializers.CharField(help_text="none, agreed or refused.")


class ApprovalSerializer(serializers.Serializer[Any]):
    """A request to look at data, as the list of them shows it."""

    reference = serializers.CharField(source="approval_request.reference")
    asker = serializers.CharField()
    state = serializers.ChoiceField(ApprovalState.choices)
    state_text = serializers.CharField(source="state_label")
    asked_at = serializers.DateTimeField(source="approval_request.asked_at")
    expires_at = serializers.DateTimeField(source="approval_request.expires_at")
    waits = serializers.BooleanField(help_text="Whether it waits for your answer.")
    is_open = serializers.BooleanField(source="live", help_text="Whether the items you agreed to may be read now.")
    window = serializers.CharField(help_text="For how long access is asked.")
    names = serializers.ListField(child=serializers.CharField(), help_text="What you call what the items belong to.")
    items = ApprovalItemSerializer(source="approval_request.items.all", many=True)
    end = serializers.CharField(help_text="Why access has ended; empty while it is open, and without any.")
    page = serializers.CharField(help_text="Where the reason and the items are read, and agreed to.")


class ApprovalsSerializer(serializers.Serializer[Any]):
    """A page of requests to look at data, newest first."""

    approvals = ApprovalSerializer(many=True)
    next = serializers.CharField(**NEXT)


class ApprovalAnswerSerializer(StrictSerializer):
    """The answer to a request to look at data."""

    answer = serializers.ChoiceField(
        ["refuse", "end", "agree"],
        help_text="refuse: everything that it asks for. end: what you agreed to. agree: on its page alone.",
    )


class _ApprovalView(ListView):
    scope = TokenScope.ACCESS_READ

    def found(self) -> QuerySet[ApprovalRequest]:
        """Return the person's approval requests."""
        return selectors.list_requests_of_subject(person(self.request).reference)

    def one(self, reference: str) -> ApprovalRequest:
        """Return one of them; raises ApprovalRequest.DoesNotExist for anybody else's."""
        with db.row_security_for(person(self.request).reference):
            return self.found().get(reference=reference)

    def page(self, reference: str) -> str:
        """Return where it is read and agreed to."""
        return self.request.build_absolute_uri(reverse("humanaccess:permission", args=[reference]))

    def rows(self, found: Any) -> list[dict[str, Any]]:
        """Return rows of the list."""
        rows = show_requests(person(self.request), found, timezone.now())
        return [{**row, "page": self.page(row["approval_request"].reference)} for row in rows]


class ApprovalsView(_ApprovalView):
    """The requests to look at a person's data."""

    @extend_schema(
        operation_id="me_approvals",
        parameters=[AFTER],
        responses={200: ApprovalsSerializer, **own_problems(TokenScope.ACCESS_READ)},
    )
    def get(self, request: Request) -> Response:
        """List who asks to look at your data.

        Those that you answer yourself, answered ones too.
        """
        with db.row_security_for(person(request).reference):
            found, following = self.page_of(self.found(), ("-asked_at", "-reference"), PAGE_SIZE)
        return Response(ApprovalsSerializer({"approvals": self.rows(found), "next": following}).data)


class ApprovalView(_ApprovalView):
    """One request to look at a person's data."""

    parameters = ()

    @extend_schema(
        operation_id="me_approval",
        responses={200: ApprovalSerializer, **own_problems(TokenScope.ACCESS_READ, _NOT_YOURS)},
    )
    def get(self, _request: Request, reference: str) -> Response:
        """Read one of them.

        Its reason, and what the items hold, are on its page, after a step-up.
        """
        (row,) = self.rows([self.one(reference)])
        return Response(ApprovalSerializer(row).data)


class ApprovalAnswerView(_ApprovalView):
    """The answer to a request to look at a person's data."""

    scope = TokenScope.ACCESS_DECIDE

    @extend_schema(
        operation_id="me_approval_answer",
        request=ApprovalAnswerSerializer,
        responses={
            200: ApprovalSerializer,
            **own_problems(
                scope,
                {
                    **_NOT_YOURS,
                    400: "The body is not JSON; or a parameter.",
                    403: "The token lacks the scope; or you agree, which is done on the page that `page` names.",
                    409: "It was answered, its time is over, or nothing is open to be ended.",
                    415: "The body is of another media type.",
                    422: "The body breaks a rule: `errors` names field and rule.",
                },
            ),
        },
    )
    def post(self, request: Request, reference: str) -> Response:
        """Refuse a request to look at your data, or end what you agreed to.

        A token is no proof that it is you, so it opens nothing: to agree, read the request on its page.
        """
        answer = ApprovalAnswerSerializer.read(request.data)["answer"]
        user, now, approval_request = person(request), timezone.now(), self.one(reference)
        if answer == "agree":
            sentence = _("To agree takes a step-up: read the request on its page.")
            raise RefusedError(HTTPStatus.FORBIDDEN, sentence, page=self.page(reference))
        if answer == "refuse":
            text = _("Refused by a program with an access token, which was shown no reason and nothing of the items.")
            shown = ShownText(text, UNSHOWN_VERSION, get_language() or "en", now)
            services.refuse_approval(approval_request, user=user, shown=shown, now=now)
        elif (grant := grant_of(approval_request)) is None:
            raise AccessClosedError(_("There is no access to end."), rule="no_grant")
        else:
            services.revoke_grant(grant, actor=user, now=now)
        (row,) = self.rows([self.one(reference)])
        return Response(ApprovalSerializer(row).data)
