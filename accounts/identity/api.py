"""What a person's own programs call: /api/v1/me/… and, with a scope of the staff, /api/v1/staff/…"""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.base import token_problems
from core.token_authentication import CallerThrottle, ScopePermission, TokenAuthentication
from core.tokens import MachineToken

from .models import User, UserToken
from .services import open_scopes
from .token_scopes import TokenScope


class UserTokenAuthentication(TokenAuthentication):
    """`Authorization: Bearer omega_usr_…`; the request's user is then the person."""

    model = UserToken
    noun = "access token"
    scheme = "userToken"
    realm = "me"

    def caller(self, token: MachineToken) -> User:
        """Return the person, as long as their account is open and the token's scopes are theirs."""
        assert isinstance(token, UserToken)  # noqa: S101  of the model above
        user = User.objects.filter(reference=token.subject, is_active=True).first()
        if user is None:
            raise AuthenticationFailed("The account of this access token is closed.")
        if token.is_for_staff and not {*token.scopes} <= {*open_scopes(user)}:
            raise AuthenticationFailed("This access token needs a role among the staff, and a second factor.")
        return user


class UserThrottle(CallerThrottle):
    scope = "me"


class UserApiView(APIView):
    """A view for a person's tokens with one scope."""

    authentication_classes = [UserTokenAuthentication]
    permission_classes: Any = [ScopePermission]
    throttle_classes = [UserThrottle]
    scope: ClassVar[TokenScope]


class UserTokenSerializer(serializers.Serializer[Any]):
    """The token of this request."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(TokenScope.choices), help_text="What it may do.")
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True, help_text="Before this request, to the minute.")


class UserTokenView(UserApiView):
    """The token of the request."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="me_token", responses={200: UserTokenSerializer, **token_problems("access token", "", {})}
    )
    def get(self, request: Request) -> Response:
        """Say what token this is: no scope is needed."""
        return Response(UserTokenSerializer(request.auth).data)
