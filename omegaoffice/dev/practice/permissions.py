"""The page where a person sees what they granted the office and removes it, as https://myaccount.google.com/connections."""

from flask import Blueprint, Response, g, make_response, render_template, request

from .consent import FormTokens
from .google_scopes import DATA, IDENTITY
from .people import PEOPLE, find_person
from .risc import SecurityEvents


def add_permissions(pages: Blueprint, events: SecurityEvents) -> None:
    """Add the page to Google's blueprint. Whoever is named by `person` is signed in."""
    grants, forms = events.grants, FormTokens()

    @pages.route("/permissions", methods=["GET", "POST"])
    def permissions() -> Response:
        person = find_person(request.args.get("person"))
        mistake, removed = "", False
        if person is None:
            mistake = "Person: choose one of the list." if "person" in request.args else ""
        elif request.method == "POST" and forms.take():
            with grants.lock:
                tokens = events.about_end_of_grant(person)
                grants.end_grant(person)
            events.deliver_later(tokens)
            removed = True
        elif request.method == "POST":
            mistake = "This page was answered already, or is not from here."
        g.form_target = request.host_url
        page = render_template(
            "permissions.html",
            person=person,
            people=PEOPLE,
            chosen=PEOPLE[0],
            scopes={**IDENTITY, **DATA},
            granted=sorted(grants.consents.get(person, set())) if person else [],
            form_token=forms.issue(),
            mistake=mistake,
            removed=removed,
        )
        return make_response(page, 400 if mistake else 200)
