"""What the platform fetches for an automation: POST /api/v1/platform/tokens, with a service token."""

from http import HTTPStatus
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.workloads.platform_api import PlatformView, caller_of, problems
from audit.api.base import RefusedError, StrictSerializer
from core.token_authentication import CallerThrottle

from .errors import TokenRefusedError
from .scopes import CATALOGUE
from .services import lend_token


class AutomationSerializer(StrictSerializer):
    """The automation that is about to run, and whose it is."""

    subject = serializers.CharField(max_length=32, help_text="The person's reference.")
    automation = serializers.UUIDField()


class LentTokenSerializer(serializers.Serializer[Any]):
    """An access token of Google for this automation alone."""

    subject = serializers.CharField(help_text="The person's reference.")
    automation = serializers.UUIDField()
    access_token = serializers.CharField(source="token.value", help_text="Not to be stored.")
    expires_in = serializers.IntegerField(source="token.seconds", help_text="Seconds for which it is good.")
    scopes = serializers.SerializerMethodField(help_text="Exactly what the automation needs, as Google writes it.")
    entry = serializers.UUIDField(help_text="The entry of this in the office's log.")

    def get_scopes(self, lent: Any) -> list[str]:
        """Return the scopes by Google's names."""
        return [CATALOGUE[name].url for name in lent.scopes]


class TokensThrottle(CallerThrottle):
    """A token for each run of everybody's automations: many more than of orders."""

    scope = "tokens"
    rate = "3000/min"


class TokensView(PlatformView):
    """Access tokens of automations."""

    scope = "tokens"
    throttle_classes = [TokensThrottle]

    @extend_schema(
        operation_id="platform_token",
        request=AutomationSerializer,
        responses={
            200: LentTokenSerializer,
            **problems(
                "tokens",
                {
                    400: "The body is not JSON.",
                    404: "No such automation, or it is somebody else's.",
                    409: "The automation gets no token: it is off, its access is not granted, ended, taken away or "
                    "restricted, or Google answered with other permissions than its own.",
                    422: "The body breaks a rule: `errors` names field and rule.",
                    503: "Google gives no token at the moment; Retry-After says when to try again.",
                },
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """Have a short-lived access token made for one automation, with exactly the scopes that it needs.

        Each is an entry in the log. Nothing is stored here: another request makes another token.
        """
        body = AutomationSerializer.read(request.data)
        try:
            lent = lend_token(**body, actor=caller_of(request)[1], clock=timezone.now)
        except TokenRefusedError as error:
            raise RefusedError(HTTPStatus(error.status), error.sentence, wait=error.wait) from None
        return Response(LentTokenSerializer(lent).data, headers={"Cache-Control": "no-store"})
