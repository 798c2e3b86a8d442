"""A person's own data and requests by API, as their privacy pages show them: /api/v1/me/…"""

import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.identity.api import AFTER, NEXT, ListView, UserApiView, own_problems, person
from accounts.identity.token_scopes import TokenScope
from accounts.personaldata.categories import data_categories, recipients_of
from audit.api.base import InvalidBodyError, RefusedError, StrictSerializer
from audit.api.serializers import FILTER_HELP
from audit.errors import FilterError
from audit.search.filters import Filter
from audit.search.queries import Search
from audit.search.selectors import find
from cases.presenters import timeline_of
from core import db

from . import services
from .filing_forms import FORMS
from .log_forms import AREAS
from .log_views import PAGE_SIZE as ENTRIES
from .models import RightsRequest
from .states import UNIDENTIFIED, Channel, Kind, RequestState
from .views import PAGE_SIZE, own_context

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
#: parameter → field of the log's filter
_TIMES = {"time_after": "after", "time_before": "before"}
_CHOICES = {"app": [*AREAS], "kind": ["user", "staff", "machine", "anonymous"]}
_HELP = {"app": "What it was about.", "kind": "Who did it: you, our staff, a machine, or nobody signed in."}
_NOT_YOURS = {404: "No such request of this person."}


class CategoryCountSerializer(serializers.Serializer[Any]):
    """One kind of personal data, and how much of it is held: the facts of GDPR article 15."""

    name = serializers.CharField(source="category.name")
    title = serializers.CharField(source="category.title")
    records = serializers.IntegerField(source="count")
    purposes = serializers.ListField(source="category.purposes", child=serializers.CharField())
    legal_basis = serializers.CharField(source="category.legal_basis")
    recipients = serializers.ListField(child=serializers.CharField())
    origin = serializers.CharField(source="category.source", help_text="Where it comes from.")
    retention = serializers.CharField(source="category.retention", help_text="How long it is kept.")
    policy_section = serializers.CharField(source="category.policy_section")
    consists_of = serializers.ListField(child=serializers.CharField())
    is_restricted = serializers.BooleanField(
        source="category.restricted", help_text="Whether nobody on our staff may look without a permission."
    )


class CategoryCountsSerializer(serializers.Serializer[Any]):
    """Every data category."""

    held = CategoryCountSerializer(many=True)


class CategoriesView(UserApiView):
    """What is held about a person."""

    scope = TokenScope.HELD_READ

    @extend_schema(operation_id="me_held", responses={200: CategoryCountsSerializer, **own_problems(scope)})
    def get(self, request: Request) -> Response:
        """Count what we hold about you.

        By data category, with what it is used for, who receives it and how long it is kept.
        """
        reference = person(request).reference
        with db.row_security_for(reference):
            recipients = recipients_of(data_categories())
            held = [
                {
                    "category": each,
                    "recipients": recipients[each.name],
                    "count": each.count(reference),
                    "consists_of": each.fields.values(),
                }
                for each in data_categories()
            ]
        return Response(CategoryCountsSerializer({"held": held}).data)


class OwnRequestSerializer(serializers.Serializer[Any]):
    """One request in the list."""

    reference = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices)
    state = serializers.ChoiceField(RequestState.choices)
    state_text = serializers.CharField(source="get_state_display")
    received_at = serializers.DateTimeField()
    identified_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When you proved that it was you; null: confirm it on its page, or nothing begins.",
    )
    due_on = serializers.DateField(help_text="The last day of our answer, in the zone of its law.")
    paused_on = serializers.DateField(allow_null=True, help_text="Since when it rests until your answer.")
    closed_at = serializers.DateTimeField(allow_null=True)
    page = serializers.SerializerMethodField(help_text="Where it stands on the site.")

    def get_page(self, request: RightsRequest) -> str:
        """Return the address of its page."""
        address: str = self.context["request"].build_absolute_uri(reverse("rights:request", args=[request.reference]))
        return address


class AnswerTextSerializer(serializers.Serializer[Any]):
    """What was asked, in words."""

    question = serializers.CharField()
    answer = serializers.CharField()


class RequestStepSerializer(serializers.Serializer[Any]):
    """One step of the work."""

    title = serializers.CharField(source="label")
    state = serializers.CharField(source="state_label")
    note = serializers.CharField()


class PackageSerializer(serializers.Serializer[Any]):
    """The package; it is downloaded on the page of the request, after a step-up."""

    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    expires_at = serializers.DateTimeField()
    downloads = serializers.IntegerField()


class RequestFactsSerializer(serializers.Serializer[Any]):
    """What the page of one request shows besides."""

    days_left = serializers.IntegerField(source="deadline.days_left", help_text="Below zero once it is overdue.")
    deadline = serializers.ListField(
        source="deadline.derivation", child=serializers.CharField(), help_text="How the day came about."
    )
    asked = AnswerTextSerializer(many=True)
    steps = RequestStepSerializer(many=True)
    package = PackageSerializer(allow_null=True, help_text="While it can be downloaded.")
    may_withdraw = serializers.BooleanField()
    may_answer = serializers.BooleanField(help_text="Whether a question waits for your answer, on its page.")
    grace_ends_at = serializers.DateTimeField(
        source="row.grace_ends_at", allow_null=True, help_text="Until when a deletion may be cancelled."
    )
    refusal = serializers.CharField(source="row.get_refusal_ground_display", help_text="Empty unless refused.")


class OwnRequestDetailSerializer(OwnRequestSerializer, RequestFactsSerializer):
    """One request, as its page shows it."""


class OwnRequestsSerializer(serializers.Serializer[Any]):
    """A page of requests, newest first."""

    requests = OwnRequestSerializer(many=True)
    next = serializers.CharField(**NEXT)


class NewRequestSerializer(StrictSerializer):
    """What is asked for."""

    kind = serializers.ChoiceField(Kind.choices)
    place = serializers.CharField(
        max_length=8,
        default="EU",
        help_text="Where you live, whose law sets the date: EU, a member state as DE, GB, US-CA, AE, ADGM, other.",
    )


def _answer(request: Request, reference: str, status: int = HTTPStatus.OK) -> Response:
    """Return one request of the person; raises Http404 for anybody else's."""
    context = own_context(person(request), reference)
    context["asked"] = [{"question": str(label), "answer": str(text)} for label, text in context["answers"]]
    context["package"] = context["package"] if context["package_offered"] else None
    row = OwnRequestSerializer(context["row"], context={"request": request}).data
    return Response(row | RequestFactsSerializer(context).data, status)


class OwnRequestsView(ListView):
    """A person's requests."""

    scope = TokenScope.REQUESTS_READ
    write_scope = TokenScope.REQUESTS_WRITE

    @extend_schema(
        operation_id="me_requests",
        parameters=[AFTER],
        responses={200: OwnRequestsSerializer, **own_problems(scope)},
    )
    def get(self, request: Request) -> Response:
        """List your requests.

        Newest first.
        """
        reference = person(request).reference
        with db.row_security_for(reference):
            own = RightsRequest.objects.filter(subject=reference)
            rows, following = self.page_of(own, ("-received_at", "-id"), PAGE_SIZE)
        context = {"request": request}
        return Response(OwnRequestsSerializer({"requests": rows, "next": following}, context=context).data)

    @extend_schema(
        operation_id="me_request_new",
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                required=True,
                description="1 to 255 visible characters of your own choice: asking again with it is harmless.",
            )
        ],
        request=NewRequestSerializer,
        responses={
            201: OwnRequestDetailSerializer,
            **own_problems(
                TokenScope.REQUESTS_WRITE,
                {
                    400: "The body is not JSON; or no Idempotency-Key, or a parameter.",
                    403: "The token lacks the scope, or this kind is filed on its page alone, which `page` names.",
                    409: "A request of this kind is open.",
                    415: "The body is of another media type.",
                    422: "The body breaks a rule, which `errors` names; or the key was used for another request.",
                },
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """Ask for your data, or to take it with you.

        A token is no proof that it is you: confirm that on the page of the request, and the work begins. Our period
        runs at once. The other kinds are filed on their pages, which ask for that proof first.
        """
        user, now = person(request), timezone.now()
        key = request.headers.get("Idempotency-Key", "")
        if not _KEY.fullmatch(key):
            raise ValidationError({"Idempotency-Key": [_("The header is needed: 1 to 255 visible characters.")]})
        asked = NewRequestSerializer.read(request.data)
        kind = Kind(asked["kind"])
        if kind not in UNIDENTIFIED:
            page = request.build_absolute_uri(reverse("rights:new_request", args=[kind]))
            sentence = _("This takes a proof that it is you: file it on its page.")
            raise RefusedError(HTTPStatus.FORBIDDEN, sentence, page=page)
        form = FORMS[kind]({"place": asked["place"]}, user=user)
        if not form.is_valid():
            raise InvalidBodyError({name: [*found] for name, found in form.errors.items()})
        regime = form.regime()
        number = uuid5(NAMESPACE_URL, f"{user.reference} {key}")
        with db.row_security_for(user.reference):
            filed = RightsRequest.objects.filter(pk=number).first()
        if filed is None:
            facts = {"kind": kind, "way_in": Channel.API, "id": number, "now": now, **regime}
            filed = services.receive_request(user, identified=False, **facts)
        elif (filed.kind, filed.regime, filed.country) != (kind, regime["regime"], regime["country"] or ""):
            sentence = _("This key was used for another request. Choose a new one.")
            raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, sentence)
        return _answer(request, filed.reference, HTTPStatus.CREATED)


class OwnRequestView(UserApiView):
    """One request of a person."""

    scope = TokenScope.REQUESTS_READ

    @extend_schema(
        operation_id="me_request", responses={200: OwnRequestDetailSerializer, **own_problems(scope, _NOT_YOURS)}
    )
    def get(self, request: Request, reference: str) -> Response:
        """Read one of your requests.

        With its deadline and how that came about, what was asked, and each step. Texts of questions, and the package,
        are on its page.
        """
        return _answer(request, reference)


class WithdrawView(UserApiView):
    """The end of a request by its person."""

    scope = TokenScope.REQUESTS_WRITE

    @extend_schema(
        operation_id="me_request_withdraw",
        request=None,
        responses={
            200: OwnRequestDetailSerializer,
            **own_problems(scope, {**_NOT_YOURS, 409: "It is closed, or can no longer be withdrawn."}),
        },
    )
    def post(self, request: Request, reference: str) -> Response:
        """Withdraw a request.

        A deletion is cancelled by it, while that may be.
        """
        services.withdraw_request(person(request), reference, now=timezone.now())
        return _answer(request, reference)


class OwnEntrySerializer(serializers.Serializer[Any]):
    """One entry of the log about a person."""

    id = serializers.UUIDField()
    time = serializers.DateTimeField()
    event = serializers.CharField()
    sentence = serializers.CharField()
    by = serializers.CharField(help_text="Who did it.")
    receipt = serializers.CharField(help_text="Its receipt, for whoever is signed in.")


class OwnHistorySerializer(serializers.Serializer[Any]):
    """A page of entries, newest first."""

    entries = OwnEntrySerializer(many=True)
    next = serializers.UUIDField(**NEXT)


class HistoryView(UserApiView):
    """The entries of the log about a person."""

    scope = TokenScope.HISTORY_READ
    parameters = ("after", "time_after", "time_before", *_CHOICES)

    @extend_schema(
        operation_id="me_history",
        parameters=[
            OpenApiParameter("after", OpenApiTypes.UUID, description=AFTER.description),
            *(OpenApiParameter(name, str, description=FILTER_HELP[of]) for name, of in _TIMES.items()),
            *(OpenApiParameter(name, str, enum=found, description=_HELP[name]) for name, found in _CHOICES.items()),
        ],
        responses={200: OwnHistorySerializer, **own_problems(scope)},
    )
    def get(self, request: Request) -> Response:
        """Read what happened in your account.

        From the log itself, newest first. A page of entries that are rare may be short, or empty, and go on.
        """
        own, older, wanted = person(request).reference, *_parse_query(request)
        with db.row_security_for(own):
            page = find(replace(wanted, subject=own), size=ENTRIES, older=older)
            told = timeline_of(page.entries, {}, own=own)
        rows = [
            {
                "id": entry.id,
                "time": entry.at,
                "event": entry.event,
                "sentence": row["sentence"],
                "by": row["actor"],
                "receipt": row["receipt"] and request.build_absolute_uri(row["receipt"]),
            }
            for entry, row in zip(page.entries, told, strict=True)
        ]
        return Response(OwnHistorySerializer({"entries": rows, "next": page.older}).data)


def _parse_query(request: Request) -> tuple[UUID | None, Search]:
    """Return cursor and query; raises ValidationError that names every wrong parameter."""
    given, faults, after = request.query_params, {}, None
    try:
        after = UUID(given["after"]) if "after" in given else None
    except ValueError:
        faults["after"] = [ErrorDetail("This is no cursor of this list.", code="invalid")]
    for name, choices in _CHOICES.items():
        if given.get(name, choices[0]) not in choices:
            faults[name] = [ErrorDetail(f"It is one of {', '.join(choices)}.", code="invalid_choice")]
    times = Filter()
    try:
        times = Filter.parse({field: given.get(name) for name, field in _TIMES.items()})
    except FilterError as error:
        names = {field: name for name, field in _TIMES.items()}
        faults |= {names[field]: [ErrorDetail(rule, code="invalid")] for field, rule in error.faults.items()}
    if faults:
        raise ValidationError(faults)
    chosen: dict[str, Any] = {name: given.get(name, "") for name in _CHOICES}
    return after, Search(after=times.after, before=times.before, **chosen)
