"""What the platform redeems: POST /api/v1/platform/reads, with a service token."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.workloads.platform_api import PlatformView, caller_of, problems
from audit.api.base import StrictSerializer
from core.request_id import request_id

from .access_gate_sql import CODE_SECONDS, REDEEMED_TABLES
from .services import redeem_code


class CodeSerializer(StrictSerializer):
    """A one-time code, and the item that its reader wants to see."""

    code = serializers.CharField(max_length=64, help_text=f"Shown by the office at most {CODE_SECONDS} seconds ago.")
    item = serializers.UUIDField(source="app", help_text="The app.")


class RedeemedReadSerializer(serializers.Serializer[Any]):
    """What may be shown: to this reader alone, and until `ends_at` at the latest."""

    subject = serializers.CharField(help_text="The person's reference.")
    kind = serializers.ChoiceField(sorted(REDEEMED_TABLES), help_text="The app's deployed code, or its stored files.")
    item = serializers.UUIDField(source="app", help_text="The app.")
    reader = serializers.CharField(help_text="The reference of the member of staff who reads.")
    case = serializers.CharField(help_text="The approval request.")
    ends_at = serializers.DateTimeField(help_text="When access ends, unless it is ended before.")
    entry = serializers.UUIDField(help_text="The entry of this read in the office's log.")
    request = serializers.SerializerMethodField(help_text="The id of this call, which the log has as well.")

    def get_request(self, _read: Any) -> str:
        """Return the id of the current request."""
        return request_id.get()


class ReadsView(PlatformView):
    """Reads of what the platform holds."""

    scope = "reads"

    @extend_schema(
        operation_id="platform_read",
        request=CodeSerializer,
        responses={
            200: RedeemedReadSerializer,
            **problems(
                "reads",
                {
                    400: "The body is not JSON.",
                    404: "The code opens nothing: unknown, used, late, for another item, or its access is over.",
                    422: "The body breaks a rule: `errors` names field and rule.",
                },
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """Redeem a one-time code, once: the office says what its reader may be shown, and logs that it was.

        A code that was redeemed is used up, whatever becomes of the answer: its reader then reads again for another.
        """
        token, actor = caller_of(request)
        found = redeem_code(**CodeSerializer.read(request.data), token=token, actor=actor, now=timezone.now())
        return Response(RedeemedReadSerializer(found).data, headers={"Cache-Control": "no-store"})
