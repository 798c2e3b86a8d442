"""What a person's own programs call: /api/v1/me/… and, with a scope of the staff, /api/v1/staff/…"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import Http404
from django.utils import translation
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, ErrorDetail, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.base import InvalidBodyError, RefusedError, refuse_unknown, token_problems
from core.pagination import RowT, keyset_page
from core.refusals import INVALID, RefusalError
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


AFTER = OpenApiParameter("after", str, description="`next` of the page before; without it, the first page.")
#: an answer's cursor of the next page
NEXT: dict[str, Any] = {"allow_null": True, "help_text": "Pass it as `after` for the next page; null on the last."}


def own_problems(scope: str, own: Mapping[int, str] | None = None) -> dict[Any, OpenApiResponse]:
    """Return the OpenAPI responses of a view's problems: its `own`, and those of every view of a person's token."""
    return token_problems("access token", scope, {400: "A parameter that is unknown or cannot be read.", **(own or {})})


class UserApiView(APIView):
    """A view for a person's tokens with one scope, in their language unless the request names one.

    A service's refusal is answered by its status; what is not theirs is 404.
    """

    authentication_classes = [UserTokenAuthentication]
    permission_classes: Any = [ScopePermission]
    throttle_classes = [UserThrottle]
    scope: TokenScope
    #: that of posting, where it is another
    write_scope: ClassVar[TokenScope | None] = None
    #: names of query parameters, for reading
    parameters: ClassVar[tuple[str, ...]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        is_read = request.method != "POST"
        if not is_read and self.write_scope:
            self.scope = self.write_scope
        super().initial(request, *args, **kwargs)
        refuse_unknown(request.query_params, self.parameters if is_read else (), "parameter")
        if "Accept-Language" not in request.headers:
            translation.activate(person(request).language)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, ObjectDoesNotExist):
            exc = Http404()
        elif isinstance(exc, RefusalError) and exc.status == INVALID:
            exc = InvalidBodyError({exc.field: [str(exc.sentence)]})
        elif isinstance(exc, RefusalError):
            exc = RefusedError(exc.status, str(exc.sentence))
        return super().handle_exception(exc)


class ListView(UserApiView):
    """A list in pages: each starts after the last row of the page before."""

    parameters: ClassVar[tuple[str, ...]] = ("after",)

    def page_of(self, found: QuerySet[RowT], order: Sequence[str], size: int) -> tuple[Sequence[RowT], str | None]:
        """Return the rows of the page that the request names, and the cursor of the next one."""
        after = self.request.query_params.get("after", "")
        try:
            page = keyset_page(found, order, size, after.replace("Z|", "+00:00|"))
        except ValueError:
            raise ValidationError({"after": [ErrorDetail("This is no cursor of this list.", code="invalid")]}) from None
        return page.rows, page.older.replace("+00:00|", "Z|") or None


def person(request: Request) -> User:
    """Return whose token it is."""
    assert isinstance(request.user, User)  # noqa: S101  the authentication returns one
    return request.user


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

    @extend_schema(operation_id="me_token", responses={200: UserTokenSerializer, **own_problems("")})
    def get(self, request: Request) -> Response:
        """Say what token this is: no scope is needed."""
        return Response(UserTokenSerializer(request.auth).data)
