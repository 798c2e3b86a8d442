"""What the platform fetches and answers: /api/v1/platform/…, with a service token."""

import re
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.base import InvalidBodyError, RefusedError, StrictSerializer, refuse_unknown, token_problems
from audit.log.actors import Actor, machine
from core.token_authentication import CallerThrottle, ScopePermission

from .api import ServiceTokenAuthentication
from .errors import AnalyticsStoppedError, OrderAnsweredError, OrderReceiptError
from .models import AnalyticsProvider, OrderKind, PlatformOrder, ServiceToken
from .services import answer_order, end_app, fetch_orders, get_pseudonym
from .services.orders import OUTCOMES, WHOLE, open_contents

#: orders of one answer
PAGE = 100
#: apps of one receipt
MOST_APPS = 10_000
_CURSOR = re.compile("[0-9]{1,16}")


class ContentsSerializer(serializers.Serializer[Any]):
    """What is to be corrected, and how."""

    category = serializers.CharField(help_text="The data category; a stream of that name sends its records.")
    record = serializers.UUIDField(allow_null=True, help_text="The record; null where there is one alone.")
    field = serializers.CharField()
    value = serializers.CharField(help_text="The right value.")


class OrderSerializer(serializers.Serializer[Any]):
    """One order."""

    id = serializers.UUIDField()
    cursor = serializers.IntegerField(source="number", help_text="Pass it as `after` to go on behind this order.")
    kind = serializers.ChoiceField(OrderKind.choices, help_text="More kinds may come.")
    subject = serializers.CharField(help_text="The person's reference.")
    app = serializers.UUIDField(allow_null=True, help_text="Null: everything of the person.")
    categories = serializers.ListField(
        child=serializers.CharField(), help_text="The data categories that it is about; empty: all of them."
    )
    created_at = serializers.DateTimeField()
    contents = serializers.SerializerMethodField(help_text="Of an order to correct, until it is answered.")

    @extend_schema_field(ContentsSerializer(allow_null=True))
    def get_contents(self, order: PlatformOrder) -> Any:
        """Return what the order's correction says, from the context: it was decrypted for the whole page."""
        found = self.context["contents"].get(order.pk)
        return found and ContentsSerializer(found).data


class OrdersSerializer(serializers.Serializer[Any]):
    """Orders behind a cursor, in the order in which they were made."""

    orders = OrderSerializer(many=True)
    next = serializers.IntegerField(help_text="Pass it as `after` to go on, now or later.")
    more = serializers.BooleanField(help_text="Whether there is more at this moment.")


class AppReceiptSerializer(StrictSerializer):
    """What became of one app."""

    app = serializers.UUIDField()
    provider = serializers.CharField(max_length=64)
    outcome = serializers.ChoiceField(OUTCOMES)
    code = serializers.BooleanField(help_text="Whether code was held, and the order done to it.")
    data = serializers.BooleanField(help_text="Whether files or databases were held, and the order done to them.")  # type: ignore[assignment]  # DRF has a property of this name
    logs = serializers.BooleanField(help_text="Whether logs were held, and the order done to them.")
    backups_until = serializers.DateField(
        allow_null=True, required=False, default=None, help_text="When the last backup of it expires."
    )


class ReceiptSerializer(StrictSerializer):
    """The platform's answer to an order: each app that the person had when it was made, once, or one outcome."""

    subject = serializers.CharField(max_length=32)
    apps = AppReceiptSerializer(many=True, max_length=MOST_APPS, required=False, default=list)  # type: ignore[call-arg]  # of the list
    outcome = serializers.ChoiceField(
        [outcome for outcomes in WHOLE.values() for outcome in outcomes],
        required=False,
        default="",
        help_text="Of an order that is about no apps: "
        + "; ".join(f"to {kind.value}, {' or '.join(WHOLE[kind])}" for kind in OrderKind if kind in WHOLE),
    )


class TerminatedSerializer(StrictSerializer):
    """Whose app has ended."""

    subject = serializers.CharField(max_length=32, help_text="The person's reference.")


class TerminatedAppSerializer(serializers.Serializer[Any]):
    """An app that has ended."""

    app = serializers.UUIDField()
    subject = serializers.CharField()
    terminated_at = serializers.DateTimeField(help_text="When the office was told first.")


class PseudonymSerializer(serializers.Serializer[Any]):
    """The name by which a provider of analytics may know a person."""

    subject = serializers.CharField()
    provider = serializers.ChoiceField(AnalyticsProvider.choices)
    pseudonym = serializers.CharField(source="value", help_text="32 hex digits, random.")


class AnsweredOrderSerializer(serializers.Serializer[Any]):
    """An answered order."""

    order = serializers.UUIDField(source="id")
    subject = serializers.CharField()
    answered_at = serializers.DateTimeField()
    apps = AppReceiptSerializer(source="receipt", many=True)
    outcome = serializers.CharField()


class PlatformThrottle(CallerThrottle):
    scope = "platform"


problems = partial(token_problems, "service token")


class PlatformView(APIView):
    """A view for service tokens with one scope; what is not there is 404."""

    authentication_classes = [ServiceTokenAuthentication]
    permission_classes = [ScopePermission]
    throttle_classes = [PlatformThrottle]
    scope: ClassVar[str]
    #: names of query parameters
    parameters: ClassVar[tuple[str, ...]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(request.query_params, self.parameters, "parameter")

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(Http404() if isinstance(exc, ObjectDoesNotExist) else exc)


def caller_of(request: Request) -> tuple[UUID, Actor]:
    """Return the service token's number, and who it is in the log."""
    assert isinstance(request.auth, ServiceToken)  # noqa: S101  the permission has checked it
    return request.auth.id, machine(f"service-token:{request.auth.id}")


class OrdersView(PlatformView):
    """Orders to the platform."""

    scope = "orders"
    parameters = ("after",)

    @extend_schema(
        operation_id="platform_orders",
        parameters=[OpenApiParameter("after", int, description="The last cursor that you have; 0 for the start.")],
        responses={200: OrdersSerializer, **problems("orders", {400: "A parameter that cannot be read."})},
    )
    def get(self, request: Request) -> Response:
        """Fetch orders in the order in which they were made: none is missed, whenever its transaction committed.

        Each is answered by a receipt. Fetching one again is harmless.
        """
        after = request.query_params.get("after", "0")
        if not _CURSOR.fullmatch(after):
            raise ValidationError({"after": ["must be a number of at most 16 digits"]})
        orders, more = fetch_orders(int(after), limit=PAGE, actor=caller_of(request)[1], now=timezone.now())
        contents = {"contents": open_contents(orders, actor=caller_of(request)[1], now=timezone.now())}
        following = orders[-1].number if orders else int(after)
        return Response(OrdersSerializer({"orders": orders, "next": following, "more": more}, context=contents).data)


class OrderReceiptsView(PlatformView):
    """The answer to one order."""

    scope = "orders"

    @extend_schema(
        operation_id="platform_order_receipt",
        request=ReceiptSerializer,
        responses={
            200: AnsweredOrderSerializer,
            **problems(
                "orders",
                {
                    400: "The body is not JSON.",
                    404: "No such order.",
                    409: "The order was answered with another receipt.",
                    422: "The receipt breaks a rule: `errors` names field and rule.",
                },
            ),
        },
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Answer an order. The same receipt again changes nothing, so no Idempotency-Key is needed."""
        body = ReceiptSerializer.read(request.data)
        token, actor = caller_of(request)
        try:
            order = answer_order(order_id, **body, token=token, actor=actor, now=timezone.now())
        except OrderAnsweredError as error:
            raise RefusedError(HTTPStatus.CONFLICT, str(error)) from None
        except OrderReceiptError as error:
            raise InvalidBodyError({error.field: [error.rule]}) from None
        return Response(AnsweredOrderSerializer(order).data)


class AppTerminatedView(PlatformView):
    """The end of an app."""

    scope = "apps"

    @extend_schema(
        operation_id="platform_app_terminated",
        request=TerminatedSerializer,
        responses={
            200: TerminatedAppSerializer,
            **problems(
                "apps",
                {
                    400: "The body is not JSON.",
                    404: "Nobody with an account has this reference, or the app is somebody else's.",
                    422: "The body breaks a rule: `errors` names field and rule.",
                },
            ),
        },
    )
    def post(self, request: Request, app: UUID) -> Response:
        """Say that an app has ended: what the office holds of it is erased. Once more changes nothing.

        Lines about it that come later are set aside.
        """
        body = TerminatedSerializer.read(request.data)
        ended = end_app(app, **body, actor=caller_of(request)[1], now=timezone.now())
        return Response(TerminatedAppSerializer(ended).data)


class PseudonymView(PlatformView):
    """A person's pseudonym."""

    scope = "pseudonyms"
    parameters = ("provider",)

    @extend_schema(
        operation_id="platform_pseudonym",
        parameters=[OpenApiParameter("provider", str, required=True, enum=AnalyticsProvider.values)],
        responses={
            200: PseudonymSerializer,
            **problems(
                "pseudonyms",
                {
                    400: "No such provider.",
                    404: "Nobody with an account has this reference.",
                    409: "The person objected to analytics, or had its use restricted: nothing may be sent.",
                },
            ),
        },
    )
    def get(self, request: Request, subject: str) -> Response:
        """Fetch the only name under which events of a person may be sent to a provider of analytics.

        It is made at the first request, random, and erased with the person.
        """
        name = request.query_params.get("provider", "")
        if name not in AnalyticsProvider.values:
            raise ValidationError({"provider": [f"must be one of {', '.join(AnalyticsProvider.values)}"]})
        try:
            found = get_pseudonym(subject, AnalyticsProvider(name), actor=caller_of(request)[1], now=timezone.now())
        except AnalyticsStoppedError as error:
            raise RefusedError(HTTPStatus.CONFLICT, str(error)) from None
        return Response(PseudonymSerializer(found).data, headers={"Cache-Control": "no-store"})
