"""The stage of allauth's sign-in that verifies an address by a code."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
    EmailVerificationProcess,
)
from allauth.account.stages import EmailVerificationStage
from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpResponse


class VerifyAddressStage(EmailVerificationStage):  # type: ignore[misc]  # allauth ships no types
    """Leads to the page for the code, also where allauth would refuse a second mail so soon after the first."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Return that page; a code mailed for this session and address still works there."""
        try:
            handled: tuple[HttpResponse | None, bool] = super().handle()
        except ImmediateHttpResponse:
            user, request = self.login.user, self.request
            email = self.login.email or user.email
            state = EmailVerificationProcess.initial_state(user, email)
            waiting = request.session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY) or {}
            if any(waiting.get(name) != state.get(name) for name in ("email", "user_id")):
                process = EmailVerificationProcess(request, state, user)
                process.generate_code()
                process.persist()
            return get_adapter().respond_email_verification_sent(request, user), True
        return handled
