"""What is connected to a person's account, by API: /api/v1/me/connections."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.identity.api import AFTER, NEXT, ListView, own_problems, person
from accounts.identity.token_scopes import TokenScope

from . import services
from .services.show_automations import PAGE_SIZE
from .views import connections_context


class GoogleGrantSerializer(serializers.Serializer[Any]):
    """What was granted at Google."""

    granted_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True)


class ScopeSerializer(serializers.Serializer[Any]):
    """A permission at Google that is granted or needed."""

    name = serializers.CharField(source="scope.name")
    sentence = serializers.CharField(help_text="What it allows.")
    is_granted = serializers.BooleanField()
    is_needed = serializers.BooleanField()


class SignInSerializer(serializers.Serializer[Any]):
    """A provider by which one signs in."""

    provider = serializers.CharField()
    since = serializers.DateTimeField(source="date_joined")
    used_at = serializers.DateTimeField(source="last_login")


class OwnAutomationSerializer(serializers.Serializer[Any]):
    """An automation."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    is_on = serializers.BooleanField()
    trigger = serializers.CharField()
    actions = serializers.ListField(child=serializers.CharField())
    destinations = serializers.ListField(child=serializers.CharField())
    scopes = serializers.SerializerMethodField(help_text="What it needs from Google.")
    has_access = serializers.BooleanField()
    is_withheld = serializers.BooleanField(help_text="Whether you took its access away.")
    as_of = serializers.DateTimeField()

    def get_scopes(self, automation: Mapping[str, Any]) -> list[str]:
        """Return the names of the scopes."""
        return [scope.name for scope in automation["scopes"]]


class OwnTransferSerializer(serializers.Serializer[Any]):
    """Where an automation sent data."""

    at = serializers.DateTimeField()
    automation = serializers.CharField(help_text="Its name; empty for one that is gone.")
    destination = serializers.CharField()
    kind = serializers.CharField()
    is_known = serializers.BooleanField(allow_null=True, help_text="Whether you set it up; null: not recorded.")


class EndedGrantSerializer(serializers.Serializer[Any]):
    """Access that has ended."""

    provider = serializers.CharField()
    reason = serializers.CharField(source="get_reason_display")
    asked_at = serializers.DateTimeField()
    wiped_at = serializers.DateTimeField(help_text="When it was gone from here.")
    confirmed_at = serializers.DateTimeField(allow_null=True, help_text="When the provider confirmed it.")


class ConnectionsSerializer(serializers.Serializer[Any]):
    """A page of automations, and on each page what else is connected."""

    google = GoogleGrantSerializer(source="found.grant", allow_null=True)
    scopes = ScopeSerializer(source="rows", many=True)
    sign_in = SignInSerializer(source="found.sign_in", many=True)
    automations = OwnAutomationSerializer(source="found.listed.automations", many=True)
    transfers = OwnTransferSerializer(source="found.listed.transfers", many=True, help_text="The newest.")
    ended = EndedGrantSerializer(source="found.ended", many=True)
    next = serializers.UUIDField(source="found.listed.page", **NEXT)


class ConnectionsView(ListView):
    """What is connected to an account."""

    scope = TokenScope.CONNECTIONS_READ

    @extend_schema(
        operation_id="me_connections",
        parameters=[OpenApiParameter("after", OpenApiTypes.UUID, description=AFTER.description)],
        responses={200: ConnectionsSerializer, **own_problems(scope)},
    )
    def get(self, request: Request) -> Response:
        """Read what is connected to your account.

        What you sign in with, what we may reach at Google, which automations need it, and where these sent data.
        """
        user, now = person(request), timezone.now()
        found = services.show_connections(user, paged=lambda own: self.page_of(own, ("id",), PAGE_SIZE), now=now)
        return Response(ConnectionsSerializer(connections_context(found)).data)
