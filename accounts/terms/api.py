"""A person's versions of the policy by API: /api/v1/me/policy."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.identity.api import UserApiView, own_problems, person
from accounts.identity.token_scopes import TokenScope
from core import db

from .models import PolicyVersion
from .selectors import OwnVersion, list_own_versions


class OwnVersionSerializer(serializers.Serializer[Any]):
    """A version of the policy, and how the person accepted it."""

    effective_on = serializers.DateField(source="version.effective_on")
    summary = serializers.CharField(source="version.summary", help_text="What is new in it.")
    must_accept = serializers.BooleanField(source="version.must_accept")
    is_in_force = serializers.SerializerMethodField()
    accepted_how = serializers.CharField(source="how", help_text="Empty: not accepted yet.")
    accepted_at = serializers.DateTimeField(source="recorded_at", allow_null=True)
    may_accept = serializers.BooleanField(help_text="Whether you may accept it now, on your page.")
    page = serializers.SerializerMethodField(help_text="Where its text is.")

    def get_is_in_force(self, own: OwnVersion) -> bool:
        """Return whether it is the one that counts today."""
        return bool(own.version == self.context["in_force"])

    def get_page(self, own: OwnVersion) -> str:
        """Return the address of its text."""
        language = "ar" if get_language() == "ar" else "en"
        path = reverse("terms:policy_version", args=[own.version.effective_on.isoformat(), language])
        return str(self.context["request"].build_absolute_uri(path))


class OwnPolicySerializer(serializers.Serializer[Any]):
    """The versions in force and coming, and those that the person accepted, newest first."""

    versions = OwnVersionSerializer(many=True)


class PolicyView(UserApiView):
    """The policy and its changes."""

    scope = TokenScope.POLICY_READ

    @extend_schema(operation_id="me_policy", responses={200: OwnPolicySerializer, **own_problems(scope)})
    def get(self, request: Request) -> Response:
        """Read which versions of the policy count for you.

        The one in force, one to come, and those that you accepted: how, and when.
        """
        reference, now = person(request).reference, timezone.now()
        with db.row_security_for(reference):
            versions = list_own_versions(reference, now)
        context = {"request": request, "in_force": PolicyVersion.objects.in_force(now.date())}
        return Response(OwnPolicySerializer({"versions": versions}, context=context).data)
