"""The two addresses of a sign-in: authorize, with the page where a person is chosen, and the token exchange."""

import secrets
from typing import Any, Final
from urllib.parse import urlsplit

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, g, make_response, render_template, request

from .oauth import ProviderServer
from .people import PEOPLE, find_person, hinted_person

FORMS_KEPT: Final = 500

SENTENCES: Final = {
    "invalid_client": "The office sent a client id that is not the practice provider's.",
    "redirect_uri_mismatch": "The office asked to be answered at an address that is not registered here.",
}


def add_sign_in(pages: Blueprint, server: ProviderServer, authorize: str, token: str) -> None:
    """Add a provider's sign-in to its blueprint, at these addresses."""
    pages.add_url_rule(authorize, "authorize", ConsentView(server), methods=["GET", "POST"])

    @pages.post(token, endpoint="token")
    def exchange() -> Response:
        with server.grants.lock:
            return server.create_token_response()


class FormTokens:
    """Tokens of open forms: each is good once, for a request with the query that it was made for."""

    def __init__(self) -> None:
        self._queries: dict[str, bytes] = {}

    def issue(self) -> str:
        token = secrets.token_urlsafe(24)
        self._queries[token] = request.query_string
        if len(self._queries) > FORMS_KEPT:
            self._queries.pop(next(iter(self._queries)))
        return token

    def take(self) -> bool:
        """Tell whether the posted form is one of these, and use it up."""
        return self._queries.pop(request.form.get("form_token", ""), None) == request.query_string


class ConsentView:
    """Shows the consent page, takes the answer, sends the browser back. Each page is good for one answer."""

    def __init__(self, server: ProviderServer) -> None:
        self._server = server
        self._forms = FormTokens()

    def __call__(self) -> Response:
        """Answer GET with the page and POST with a redirect; a bad request as OAuth says."""
        try:
            grant = self._server.get_consent_grant()
        except OAuth2Error as error:
            return self._refuse(error)
        if "none" in request.args.get("prompt", "").split():
            state = request.args.get("state")
            return self._refuse(OAuth2Error(error="login_required", redirect_uri=grant.redirect_uri, state=state))
        return self._page(grant) if request.method == "GET" else self._answer(grant)

    def _answer(self, grant: Any) -> Response:
        if not self._forms.take():
            return self._refusal(400, "stale_page", "This page was answered already, or is not from here.")
        person = find_person(request.form.get("person"))
        decision = request.form.get("decision")
        if person is None:
            return self._page(grant, mistake="Person: choose one of the list.")
        if decision not in {"allow", "deny"}:
            return self._page(grant, mistake="Decision: allow or deny.")
        with self._server.grants.lock:
            return self._server.create_authorization_response(
                grant.request, grant_user=person if decision == "allow" else None, grant=grant
            )

    def _page(self, grant: Any, mistake: str = "") -> Response:
        target = urlsplit(grant.redirect_uri)
        g.form_target = f"{target.scheme}://{target.netloc}"
        page = render_template(
            "consent.html",
            server=self._server,
            scopes=str(grant.request.scope).split(),
            mistake=mistake,
            form_token=self._forms.issue(),
            people=PEOPLE,
            chosen=hinted_person(request.args.get(self._server.hint)),
        )
        return make_response(page, 400 if mistake else 200)

    def _refuse(self, error: OAuth2Error) -> Response:
        # Without an address that is known to be the client's, the person is told and nobody is sent away.
        if error.redirect_uri:
            return self._server.handle_error_response(None, error)
        sentence = SENTENCES.get(error.error, "The office sent a request that is not valid.")
        return self._refusal(401 if error.error == "invalid_client" else 400, error.error, sentence)

    def _refusal(self, status: int, code: str, sentence: str) -> Response:
        page = render_template("refusal.html", vendor=self._server.vendor, code=code, sentence=sentence)
        return make_response(page, status)
