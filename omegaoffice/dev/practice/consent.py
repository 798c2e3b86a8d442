"""The two addresses of a sign-in: authorize, with the page where a person is chosen, and the token exchange."""

import secrets
from collections import OrderedDict
from typing import Any, Final
from urllib.parse import urlsplit

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, g, make_response, render_template, request

from .oauth import ProviderServer
from .people import People

FORMS_KEPT: Final = 500

SENTENCES: Final = {
    "invalid_client": "The office sent a client id that is not the practice provider's.",
    "redirect_uri_mismatch": "The office asked to be answered at an address that is not registered here.",
}


def add_sign_in(pages: Blueprint, server: ProviderServer, people: People, *, authorize: str, token: str) -> None:
    """Add a provider's sign-in to its blueprint, at these addresses."""
    view = ConsentView(server, people)
    pages.add_url_rule(authorize, "authorize", view.serve, methods=["GET", "POST"])

    @pages.post(token, endpoint="token")
    def exchange() -> Response:
        with server.grants.lock:
            return server.create_token_response()


class ConsentView:
    """Shows the consent page, takes the answer, sends the browser back. Each page is good for one answer."""

    def __init__(self, server: ProviderServer, people: People) -> None:
        self._server = server
        self._people = people
        #: query of the request by the token in the form
        self._forms: OrderedDict[str, bytes] = OrderedDict()

    def serve(self) -> Response:
        """Answer GET with the page and POST with a redirect; a bad request as OAuth says."""
        try:
            grant = self._server.get_consent_grant()
        except OAuth2Error as error:
            return self._refuse(error)
        if "none" in (request.args.get("prompt") or "").split():
            state = request.args.get("state")
            return self._refuse(OAuth2Error(error="login_required", redirect_uri=grant.redirect_uri, state=state))
        if request.method == "GET":
            return self._page(grant, 200)
        return self._answer(grant)

    def _answer(self, grant: Any) -> Response:
        if self._forms.pop(request.form.get("form_token", ""), None) != request.query_string:
            return self._refusal(400, "stale_page", "This page was answered already, or is not from here.")
        person = self._people.find(request.form.get("person"))
        decision = request.form.get("decision")
        if person is None:
            return self._page(grant, 400, mistake="Person: choose one of the list.")
        if decision not in {"allow", "deny"}:
            return self._page(grant, 400, mistake="Decision: allow or deny.")
        with self._server.grants.lock:
            return self._server.create_authorization_response(
                grant.request, grant_user=person if decision == "allow" else None, grant=grant
            )

    def _page(self, grant: Any, status: int, mistake: str = "") -> Response:
        form_token = secrets.token_urlsafe(24)
        self._forms[form_token] = request.query_string
        while len(self._forms) > FORMS_KEPT:
            self._forms.popitem(last=False)
        target = urlsplit(grant.redirect_uri)
        g.form_target = f"{target.scheme}://{target.netloc}"
        asked = str(grant.request.scope).split()
        identity, data = self._server.identity_scopes, self._server.data_scopes
        page = render_template(
            "consent.html",
            vendor=self._server.vendor,
            granular=self._server.granular,
            mistake=mistake,
            form_token=form_token,
            people=self._people.all,
            chosen=self._people.hinted(request.args.get(self._server.hint)),
            identity=[(scope, identity[scope]) for scope in asked if scope in identity],
            data=[(scope, data[scope]) for scope in asked if scope in data],
            offline=request.args.get("access_type") == "offline",
            target=g.form_target,
            action=request.full_path,
        )
        return make_response(page, status)

    def _refuse(self, error: OAuth2Error) -> Response:
        # Without an address that is known to be the client's, the person is told and nobody is sent away.
        if error.redirect_uri:
            return self._server.handle_error_response(None, error)
        sentence = SENTENCES.get(error.error, "The office sent a request that is not valid.")
        return self._refusal(401 if error.error == "invalid_client" else 400, error.error, sentence)

    def _refusal(self, status: int, code: str, sentence: str) -> Response:
        page = render_template("refusal.html", vendor=self._server.vendor, code=code, sentence=sentence)
        return make_response(page, status)
