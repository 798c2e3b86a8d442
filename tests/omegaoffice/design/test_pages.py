"""The base templates on real pages: every page of sign-in and account, the front page, the error pages."""

import re
from html.parser import HTMLParser

import pytest
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.urls import reverse

STRANGERS = [
    "landing",
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_request_login_code",
    "account_inactive",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
]
MEMBERS = [
    "account_email",
    "account_set_password",
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "socialaccount_connections",
]


class _Page(HTMLParser):
    """Gathers what a strict content security policy would refuse, and repeated ids."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.ids: list[str] = []
        self.root: dict[str, str | None] = {}
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.root = given
        self.headings += tag == "h1"
        self.ids += [value for name, value in attrs if name == "id" and value]
        inline = tag == "script" and "src" not in given and given.get("type") != "application/json"
        if inline or tag == "style" or "style" in given or any(name.startswith("on") for name in given):
            self.refused.append(self.get_starttag_text() or tag)
        for name in ("src", "href", "action"):
            if re.match(r"(?:https?:)?//", given.get(name) or "") and tag != "a":
                self.refused.append(f"{tag} asks {given[name]}")


def _read(client: Client, name: str, language: str = "en") -> _Page:
    response = client.get(reverse(name), headers={"accept-language": language}, follow=True)
    # The page that says a sign-in at a provider failed answers 401.
    assert response.status_code in (200, 401)
    page = _Page()
    page.feed(response.content.decode())
    return page


def _is_sound(page: _Page) -> None:
    assert page.refused == []
    assert len(page.ids) == len(set(page.ids)), "an id is given twice"
    assert page.headings == 1


@pytest.mark.parametrize("name", STRANGERS)
def test_page_for_strangers_holds_nothing_inline(office, client: Client, name: str) -> None:
    _is_sound(_read(client, name))


@pytest.mark.parametrize("name", MEMBERS)
def test_page_for_members_holds_nothing_inline(office, client: Client, make_user, name: str) -> None:
    client.force_login(make_user(password="a long enough password"))
    _is_sound(_read(client, name))


def test_page_in_arabic_runs_from_right_to_left(office, client: Client) -> None:
    page = _read(client, "account_login", "ar")
    assert (page.root["lang"], page.root["dir"]) == ("ar", "rtl")


@pytest.mark.parametrize("code", [400, 403, 404, 429])
def test_error_page_needs_no_context(code: int) -> None:
    page = _Page()
    page.feed(get_template(f"{code}.html").render())
    _is_sound(page)


def test_page_of_a_broken_server_is_plain_text_to_the_template_engine() -> None:
    source = get_template("500.html").template.source  # type: ignore[attr-defined]
    assert "{%" not in source
    assert "{{" not in source


def test_missing_page_is_shown_in_the_house_style() -> None:
    request = RequestFactory().get("/nowhere/")
    html = get_template("404.html").render({}, request)
    assert "error-page" in html
