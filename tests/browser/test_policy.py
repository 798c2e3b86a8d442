"""The policy: written by one, published by another; a user is told, compares and goes on; a new user accepts it."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.terms import services
from accounts.terms.models import Acceptance, PolicyVersion
from core import db
from omegaoffice.dev.demo import policy

pytestmark = pytest.mark.browser
SUMMARY = "Visits to our website are kept for thirty days."


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def first(office, now):
    said = {"summary_en": "The first version.", "summary_ar": "النسخة الأولى."}
    texts = (policy.text("en"), policy.text("ar"))
    with db.use_role("staff"):
        return services.import_first_version(*texts, effective_on=policy.EFFECTIVE_ON, now=now, **said)


def acceptances(person):
    with db.use_role("worker"):
        return set(Acceptance.objects.filter(subject=person.reference).values_list("how", flat=True))


@pytest.fixture
def arabic(watched, live_server, check_page):
    def check(name):
        address = watched.url
        watched.context.add_cookies([{"name": "django_language", "value": "ar", "url": live_server.url}])
        watched.goto(address)
        assert watched.get_attribute("html", "dir") == "rtl"
        check_page(f"{name} in Arabic")
        watched.context.clear_cookies(name="django_language")
        watched.goto(address)

    return check


def test_two_people_publish_and_a_user_is_told_compares_and_goes_on(
    enter, watched, live_server, check_page, keep_screen, arabic, first, make_staff, user, now
):
    paula, lena = make_staff("paula", Role.PRIVACY_OFFICER), make_staff("lena", Role.LEGAL_COUNSEL)
    enter(lena, mfa=True)
    watched.goto(f"{live_server.url}/staff/terms/policyversion/")
    watched.click("text=Write a version")
    watched.get_by_label("Takes effect on").fill((now.date() + timedelta(days=21)).isoformat())
    watched.get_by_label("What is new, in English").fill(SUMMARY)
    watched.get_by_label("What is new, in Arabic").fill("تُحفظ الزيارات ثلاثين يومًا.")
    text = watched.get_by_label("Text in English")
    assert "## Contact Us" in text.input_value()
    text.fill(text.input_value().replace("## Your Rights", "Visits go after thirty days.\n\n## Your Rights"))
    check_page("write a version")
    watched.click("button:text('Keep the draft')")
    watched.wait_for_selector("text=The draft is kept.")
    check_page("draft")
    arabic("draft")
    assert watched.get_by_role("link", name="Publish", exact=True).count() == 0
    draft = watched.url

    enter(paula, mfa=True)
    watched.goto(draft)
    watched.get_by_role("link", name="Publish", exact=True).click()
    check_page("publish")
    watched.click("button:text('Publish it')")
    watched.wait_for_selector("text=The version is published.")
    watched.goto(f"{live_server.url}/staff/terms/policyversion/")
    check_page("versions")
    keep_screen("staff-policy")
    with db.use_role("worker"):
        services.sweep_announcements(now=timezone.now())

    enter(user)
    watched.goto(f"{live_server.url}/settings/")
    check_page("overview with the band")
    keep_screen("policy-band")
    arabic("overview with the band")
    watched.goto(f"{live_server.url}/settings/letters/")
    watched.click("text=Our privacy policy changes on")
    watched.wait_for_selector(f"text={SUMMARY}")
    check_page("letter of a version")
    watched.locator("[role=status]").get_by_role("link", name="Compare").click()
    watched.wait_for_url("**/policy/2*/en/")
    watched.locator("main summary").click()
    watched.wait_for_selector("ins >> text=Visits go after thirty days.")
    check_page("version with its differences")
    keep_screen("policy")
    watched.goto(f"{live_server.url}/settings/policy/")
    check_page("own policy")
    keep_screen("policy-own")
    arabic("own policy")

    # She goes on: on the day itself her next request is recorded.
    with db.use_role("worker"):
        version = PolicyVersion.objects.published().first()
    services.continue_use(user, now=now + timedelta(days=21))
    with db.use_role("worker"):
        assert Acceptance.objects.get(subject=user.reference, version=version).how == "continued"


def test_a_version_that_must_be_accepted_is_accepted_by_a_click(
    enter, watched, live_server, check_page, first, make_staff, user, now
):
    paula, lena = make_staff("paula", Role.PRIVACY_OFFICER), make_staff("lena", Role.LEGAL_COUNSEL)
    before = now - timedelta(days=20)
    facts = {"text_en": policy.text("en"), "text_ar": policy.text("ar"), "summary_en": "Ask.", "summary_ar": "سؤال"}
    with db.use_role("staff"):
        day = now.date() - timedelta(days=1)
        version = services.write_version(actor=lena, now=before, effective_on=day, must_accept=True, **facts)
        services.publish_version(version.pk, actor=paula, now=before, read=version.state)
    enter(user)
    watched.goto(f"{live_server.url}/settings/profile/")
    watched.wait_for_url("**/settings/policy/")
    check_page("asked to accept")
    watched.locator("[role=status]").get_by_role("button", name="Accept").click()
    watched.wait_for_selector("text=Your acceptance is recorded.")
    assert acceptances(user) == {"explicit"}
    watched.goto(f"{live_server.url}/settings/profile/")
    assert watched.url.endswith("/settings/profile/")


def test_a_new_user_signs_up_under_the_version_in_force(live_server, watched, check_page, arabic, first):
    watched.goto(f"{live_server.url}/accounts/signup/")
    check_page("sign-up")
    arabic("sign-up")
    watched.locator("main").get_by_role("link", name="privacy policy").click()
    watched.wait_for_selector("h1:text('Privacy policy')")
    watched.go_back()
    watched.get_by_label("E-mail address").fill("nour@example.org")
    watched.get_by_label("User name").fill("nour")
    watched.get_by_label("Password", exact=True).fill("a long sentence of words")
    watched.get_by_label("Password, once more").fill("a long sentence of words")
    watched.get_by_role("button", name="Create account").click()
    watched.wait_for_url("**/accounts/confirm-email/**")
    assert len(mail.outbox) == 1
    with db.use_role("default"):
        person = User.objects.get(email="nour@example.org")
        assert not EmailAddress.objects.get(user=person).verified
    assert acceptances(person) == {"sign_up"}
