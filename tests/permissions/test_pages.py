"""Ways around a permission: somebody else's id, a forged form, a header, an address to go on to, an old role."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.identity.models import RoleAssignment
from accounts.identity.roles import Role
from accounts.identity.services import end_role, suspend_staff
from core import db
from omegaoffice.admin import ADDRESSES, staff_site
from tests.permissions import snapshot
from tests.permissions.crawl import Answer, crawl
from tests.permissions.people import COLUMNS, PASSWORD, Visitor
from tests.permissions.table import MACHINES, TABLE
from tests.signin import sign_in

#: what needs a step-up before it is shown, of all that layla may open
STEP_UP_TO_SEE = {
    "/accounts/2fa/reauthenticate/",
    "/accounts/2fa/recovery-codes/download/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/2fa/webauthn/keys/<int:pk>/edit/",
    "/accounts/2fa/webauthn/keys/<int:pk>/remove/",
    "/accounts/password/change/",
    "/accounts/password/set/",
    "/accounts/reauthenticate/",
    "/settings/log/log.csv",
    "/settings/log/log.json",
    "/settings/log/receipts.zip",
    "/settings/permissions/<slug:reference>/",
    "/settings/privacy/marks/<uuid:mark>/lift/",
    "/settings/privacy/requests/<slug:reference>/identify/",
    "/settings/privacy/requests/<slug:reference>/package/",
    "/settings/privacy/requests/new/<slug:kind>/",
    "/settings/tokens/new/",
}
#: what needs one before it is done
STEP_UP_TO_ACT = {
    "/accounts/3rdparty/",
    "/accounts/email/",
    "/accounts/github/login/",
    "/accounts/google/login/",
}
#: what an administrator needs one for
STEP_UP_TO_ADMINISTER = {
    "/staff/identity/roleassignment/<uuid:user_id>/<str:verb>/",
    "/staff/identity/roleassignment/<uuid:user_id>/give/",
    "/staff/identity/roleassignment/change/<uuid:change_id>/<str:verb>/",
    "/staff/identity/roleassignment/invitation/<uuid:invitation_id>/cancel/",
    "/staff/identity/roleassignment/invite/",
    "/staff/identity/roleassignment/role/<int:assignment_id>/confirm/",
    "/staff/identity/roleassignment/role/<int:assignment_id>/end/",
}
_APPROVAL, _REQUEST = "/staff/humanaccess/ask/<slug:reference>/", "/staff/rights/rightsrequest/<slug:reference>/"
_PROCESS = "/staff/humanaccess/legalprocess/<slug:reference>/"
_HOLDS = {
    "/staff/rights/legalhold/<uuid:hold>/lift/": ("GET", "POST"),
    "/staff/rights/legalhold/new_hold/": ("GET", "POST"),
}
#: column → what else staff need one for, and by which methods: decisions, and reads of what is a user's
STEP_UP_TO_DECIDE = {
    "legal counsel": {
        **_HOLDS,
        "/staff/humanaccess/ask/new/": ("GET", "POST"),
        "/staff/humanaccess/legalprocess/new_process/": ("GET", "POST"),
        **{
            f"{_PROCESS}{act}/": ("GET", "POST")
            for act in ("agree", "challenge", "close", "delay", "notify", "produce", "reject", "settle")
        },
        f"{_PROCESS}document/": ("GET",),
    },
    "approver": {f"{_APPROVAL}{act}/": ("POST",) for act in ("approve", "decline", "review")},
    "privacy officer": {
        f"{_REQUEST}approve/": ("GET", "POST"),
        f"{_REQUEST}erase/": ("GET", "POST"),
        f"{_REQUEST}grant/": ("GET", "POST"),
        f"{_REQUEST}lift/": ("GET", "POST"),
        f"{_REQUEST}sign_off/": ("GET", "POST"),
        f"{_REQUEST}steps/<uuid:step_id>/attest/": ("GET", "POST"),
        f"{_REQUEST}refuse/": ("GET", "POST"),
        f"{_REQUEST}steps/<uuid:step_id>/leave_out/": ("GET", "POST"),
        **_HOLDS,
    },
    "support": {
        "/staff/humanaccess/ask/new/": ("GET", "POST"),
        f"{_APPROVAL}look/<uuid:item_id>/": ("POST",),
    },
    "auditor": {
        "/staff/audit/entry/<uuid:entry_id>/subject/": ("POST",),
        "/staff/audit/entry/<uuid:entry_id>/actor/": ("POST",),
        "/staff/audit/readertoken/new/": ("GET", "POST"),
        "/staff/audit/readertoken/<uuid:token_id>/revoke/": ("GET", "POST"),
        "/staff/audit/export/new/": ("GET", "POST"),
        "/staff/audit/exportschedule/new/": ("GET", "POST"),
        "/staff/audit/exportschedule/<uuid:schedule_id>/end/": ("GET", "POST"),
    },
}
#: of these, what a step-up for reading alone is enough for, for an hour
_READS = {"/staff/humanaccess/ask/new/", f"{_APPROVAL}look/<uuid:item_id>/"} | {
    f"/staff/audit/entry/<uuid:entry_id>/{whose}/" for whose in ("subject", "actor")
}
#: posts that need no token of a form: for machines, and Google's own page, which brings its own
NO_FORM_TOKEN = MACHINES | {"/accounts/google/login/token/"}
EVIL = ["//evil.example/x", "https://evil.example/x", "/\\evil.example/x", "javascript:alert(1)"]
READS_NEXT = [
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/signup/",
    "/accounts/logout/",
    "/accounts/google/login/",
    "/accounts/github/login/",
    "/accounts/reauthenticate/",
    "/accounts/2fa/reauthenticate/",
    "/accounts/2fa/webauthn/reauthenticate/",
    "/i18n/setlang/",
    "/settings/step-up/",
    "/staff/login/",
    "/staff/logout/",
]
HOME = {"", "testserver", "accounts.google.com", "github.com"}


def test_somebody_elses_id_is_nothing_anywhere():
    """`test_table.py` compares the table with the answers; here it is held to the rule."""
    index = COLUMNS.index("other user")
    for route, methods in TABLE.items():
        if route.startswith("/settings/") and "<" in route and "<slug:kind>" not in route:
            allowed = {"302"} if route.endswith("/progress/") else {"404", "405"}
            assert methods["GET"][index] in allowed, route
            assert methods["POST"][index] in {"404", "405"}, route


@pytest.mark.parametrize("column", ["other user", "support", "superuser"])
def test_polling_shows_the_progress_of_ones_own_requests_alone(arrive, column):
    visitor, samples = arrive(column)
    polls = {"HX-Request": "true"}
    own = samples.address("/settings/privacy/requests/<slug:reference>/progress/")
    assert visitor.client.get(own, headers=polls).status_code == 404
    staff = samples.address("/staff/rights/rightsrequest/<slug:reference>/progress/")
    answer = visitor.client.get(staff, headers=polls)
    # Who is not let in at all is led to the page itself, and with it to the sign-in.
    assert answer.status_code == 403 or (answer.headers["HX-Redirect"], answer.content) == (
        staff.removesuffix("progress/"),
        b"",
    )


def led_to_step_up(visitor, samples, method):
    return {route for route, answer in crawl(visitor, samples, method).items() if answer.mark == "up>"}


def test_a_step_up_is_needed_before_what_is_weighty(arrive):
    visitor, samples = arrive("user")
    visitor.client = sign_in(Client(), visitor.user)
    assert led_to_step_up(visitor, samples, "GET") == STEP_UP_TO_SEE


def test_administrators_step_up_before_they_change_the_staff(arrive):
    visitor, samples = arrive("administrator")
    visitor.client = sign_in(Client(), visitor.user, mfa=True)
    for route in STEP_UP_TO_ACT | STEP_UP_TO_ADMINISTER:
        for method in ("POST",) if route in STEP_UP_TO_ACT else ("GET", "POST"):
            answer = Answer.of(visitor.client.generic(method, samples.address(route)))
            assert answer.mark == "up>", f"{method} {route}"


@pytest.mark.parametrize("column", STEP_UP_TO_DECIDE)
def test_staff_step_up_before_they_decide_or_read(arrive, column):
    visitor, samples = arrive(column)
    visitor.client = sign_in(Client(), visitor.user, mfa=True)
    for route, methods in STEP_UP_TO_DECIDE[column].items():
        for method in methods:
            answer = Answer.of(visitor.client.generic(method, samples.address(route)))
            assert answer.mark == "up>", f"{method} {route}"
            assert answer.headers["Location"].endswith("&for=read") is (route in _READS)


@pytest.mark.parametrize("column", STEP_UP_TO_DECIDE)
def test_a_step_up_for_reading_serves_reads_for_an_hour_and_nothing_else(arrive, column):
    visitor, samples = arrive(column)
    visitor.client = sign_in(Client(raise_request_exception=False), visitor.user, mfa=True)
    session = visitor.client.session
    proved_at = (timezone.now() - timedelta(minutes=59)).timestamp()
    session["account_authentication_methods"] += [
        {"method": "mail", "at": proved_at, "reauthenticated": True, "purpose": "read"}
    ]
    session.save()
    for route, methods in STEP_UP_TO_DECIDE[column].items():
        answer = Answer.of(visitor.client.generic(methods[-1], samples.address(route)))
        assert (answer.mark == "up>") is (route not in _READS), route


def test_a_posted_form_without_its_token_is_refused(arrive):
    visitor, samples = arrive("administrator")
    visitor.client = sign_in(Client(enforce_csrf_checks=True), visitor.user, mfa=True, fresh=True)
    passed = {route for route, answer in crawl(visitor, samples, "POST").items() if answer.mark != "403"}
    assert passed == NO_FORM_TOKEN


def test_the_staffs_menu_leads_to_every_registered_page(office):
    """Django links a model only where its list has the name that it expects, and says nothing where it has not."""
    for model in staff_site._registry:
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def test_djangos_own_forms_and_actions_are_not_there_for_a_superuser_with_every_role(make_staff, arrive):
    arrive("user")
    root = make_staff("root", *Role, is_superuser=True)
    client = sign_in(Client(raise_request_exception=False), root, mfa=True, fresh=True)
    before = snapshot.take()
    for model in staff_site._registry:
        usual = f"{model._meta.app_label}/{model._meta.model_name}/"
        home = f"/staff/{ADDRESSES.get(usual, usual)}"
        some = next(iter(before[model._meta.db_table]), "1")
        chosen = {"action": "delete_selected", "_selected_action": some, "index": "0", "post": "yes"}
        assert client.post(home, chosen).status_code in {200, 302, 400, 403, 422}
        for page in ("add/", f"{some}/change/", f"{some}/delete/", f"{some}/history/", "autocomplete/"):
            answer = client.post(home + page, {"post": "yes"})
            assert answer.status_code in {403, 404}, home + page
    changed = snapshot.changes(before, snapshot.take())
    expected = ("audit_", "django_session", "identity_cacheentry")
    assert not {name for name in changed if not name.lstrip("+-").startswith(expected)}


def test_a_role_taken_away_counts_at_the_next_request(arrive):
    visitor, samples = arrive("support")
    address = samples.address("/staff/identity/user/<uuid:user_id>/")
    assert visitor.client.get(address).status_code == 200
    giver = RoleAssignment.objects.get(user__username="gita").user
    with db.use_role("staff"):
        end_role(RoleAssignment.objects.get(user=visitor.user).pk, actor=giver, now=samples.made_at)
    assert Answer.of(visitor.client.get(address)).mark == "st>"


def test_a_factor_removed_and_a_suspension_count_at_the_next_request(arrive):
    visitor, samples = arrive("support")
    address = samples.address("/staff/identity/user/<uuid:user_id>/")
    Authenticator.objects.filter(user=visitor.user).delete()
    assert Answer.of(visitor.client.get(address)).mark == "st>"
    visitor.enter()
    assert visitor.client.get(address).status_code == 200
    giver = RoleAssignment.objects.get(user__username="gita").user
    with db.use_role("staff"):
        suspend_staff(visitor.user, actor=giver, now=samples.made_at)
    assert Answer.of(visitor.client.get(address)).mark == "st>"
    assert Answer.of(visitor.client.get("/settings/")).mark == "in>"


@pytest.mark.parametrize("evil", EVIL)
def test_no_address_redirects_to_another_site(make_user, make_staff, evil):
    people = [
        ("anonymous", None),
        ("user", make_user("layla")),
        ("administrator", make_staff("adam", Role.ADMINISTRATOR)),
    ]
    for column, person in people:
        visitor = Visitor.arriving(column, person)
        for address in READS_NEXT:
            for answer in (
                visitor.client.get(address, {"next": evil}),
                visitor.client.post(address, {"next": evil, "language": "ar"}, headers={"Referer": evil}),
            ):
                assert answer.status_code < 500, address
                target = answer.headers.get("Location", "")
                assert urlsplit(target).netloc in HOME, (address, target)
                assert urlsplit(target).scheme in {"", "http", "https"}
                assert "\\" not in target.partition("?")[0]
                visitor.come_back()


@pytest.mark.parametrize("evil", EVIL)
def test_signing_in_and_stepping_up_lead_home_when_told_to_lead_away(make_user, evil):
    user = make_user("layla", password=PASSWORD)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    client = Client()
    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD, "next": evil})
    assert (answer.status_code, answer["Location"]) == (302, "/settings/")
    answer = client.post("/settings/step-up/", {"way": "password", "password": PASSWORD, "next": evil})
    assert (answer.status_code, answer["Location"]) == (302, "/settings/")


@pytest.mark.parametrize(
    "address", ["/", "/accounts/login/", "/settings/", "/staff/", "/api/v1/ingest/usage", "/livez"]
)
def test_a_host_that_is_not_ours_is_refused(office, client, address):
    assert client.get(address, headers={"Host": "evil.example"}).status_code == 400


def test_what_a_client_says_about_its_proxy_is_not_believed(make_user):
    user = make_user("layla", password=PASSWORD)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    spoofed = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "203.0.113.66",
        "X-Forwarded-Port": "8443",
        "Forwarded": "for=203.0.113.66;host=evil.example;proto=https",
        "X-Original-URL": "/staff/",
        "X-HTTP-Method-Override": "DELETE",
    }
    client = Client()
    client.post("/accounts/password/reset/", {"email": user.email}, headers=spoofed)
    assert "evil.example" not in mail.outbox[0].body
    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}, headers=spoofed)
    assert answer["Location"] == "/settings/"
    page = client.get("/settings/security/", headers=spoofed)
    assert page.status_code == 200
    assert "evil.example" not in page.content.decode()
    assert "203.0.113.66" not in page.content.decode()
    assert not page.wsgi_request.is_secure()


@pytest.mark.parametrize("address", ["login/", "login/callback/"])
@pytest.mark.parametrize("provider", ["google", "github"])
def test_a_provider_that_does_not_know_this_office_has_no_pages(office, settings, provider, address):
    known = {name: {**more, "APPS": []} for name, more in settings.SOCIALACCOUNT_PROVIDERS.items()}
    settings.SOCIALACCOUNT_PROVIDERS = known
    client = Client(raise_request_exception=False)
    assert client.get(f"/accounts/{provider}/{address}").status_code == 404
    assert client.post(f"/accounts/{provider}/{address}").status_code == 404
