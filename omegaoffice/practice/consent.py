"""The page where a practice person is chosen and scopes are allowed or denied; the only page with a form."""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from authlib.oauth2 import OAuth2Error
from flask import Response, g, make_response, render_template, request

from .oauth import ProviderServer
from .people import People

TICKETS_KEPT: Final = 500

SENTENCES: Final = {
    "invalid_client": "The office sent a client id that is not the practice provider's.",
    "redirect_uri_mismatch": "The office asked to be answered at an address that is not registered here.",
}


@dataclass(frozen=True)
class Style:
    """How a provider's page differs: name, scopes in words, hint parameter; `granular` lets untick."""

    vendor: str
    identity: Mapping[str, str]
    data: Mapping[str, str]
    hint: str
    granular: bool


class Desk:
    """Serves one provider's authorize address: shows the page, takes the answer, sends the browser back."""

    def __init__(self, server: ProviderServer, people: People, style: Style) -> None:
        """Remember handed-out tickets; each page is good for one answer."""
        self._server = server
        self._people = people
        self._style = style
        self._tickets: OrderedDict[str, bytes] = OrderedDict()

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
        ticket = request.form.get("ticket", "")
        if self._tickets.pop(ticket, None) != request.query_string:
            return self._refusal(400, "stale_page", "This page was answered already, or is not from here.")
        person = self._people.find(request.form.get("person"))
        decision = request.form.get("decision")
        if person is None:
            return self._page(grant, 400, mistake="Person: choose one of the list.")
        if decision not in {"allow", "deny"}:
            return self._page(grant, 400, mistake="Decision: allow or deny.")
        with self._server.book.lock:
            return self._server.create_authorization_response(
                grant.request, grant_user=person if decision == "allow" else None, grant=grant
            )

    def _page(self, grant: Any, status: int, mistake: str = "") -> Response:
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = request.query_string
        while len(self._tickets) > TICKETS_KEPT:
            self._tickets.popitem(last=False)
        target = urlsplit(grant.redirect_uri)
        g.form_target = f"{target.scheme}://{target.netloc}"
        asked = str(grant.request.scope).split()
        return _page_of(
            "consent.html",
            status,
            vendor=self._style.vendor,
            granular=self._style.granular,
            mistake=mistake,
            ticket=ticket,
            people=self._people.all,
            chosen=self._people.hinted(request.args.get(self._style.hint)),
            identity=[(scope, self._style.identity[scope]) for scope in asked if scope in self._style.identity],
            data=[(scope, self._style.data[scope]) for scope in asked if scope in self._style.data],
            offline=request.args.get("access_type") == "offline",
            target=g.form_target,
            action=request.full_path,
        )

    def _refuse(self, error: OAuth2Error) -> Response:
        # Without an address that is known to be the client's, the person is told and nobody is sent away.
        if error.redirect_uri:
            return self._server.handle_error_response(None, error)
        sentence = SENTENCES.get(error.error, "The office sent a request that is not valid.")
        status = 401 if error.error == "invalid_client" else 400
        return self._refusal(status, error.error, sentence)

    def _refusal(self, status: int, code: str, sentence: str) -> Response:
        return _page_of("refusal.html", status, vendor=self._style.vendor, code=code, sentence=sentence)


def _page_of(template: str, status: int, **context: Any) -> Response:
    return make_response(render_template(template, **context), status)
