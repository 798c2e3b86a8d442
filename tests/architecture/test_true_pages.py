"""Nothing on a page, in a letter or in a package says what is not so, and what cannot be done yet is not offered."""

import re
from types import SimpleNamespace

from django.conf import settings
from django.test import override_settings

from accounts.personaldata import categories
from accounts.personaldata.policy_sections import SECTIONS
from core import db
from omegaoffice import checks
from rights import services
from rights.fulfilment.package import Contents, index_pages
from rights.states import Kind, RefusalGround
from tests.architecture.test_rules import ROOT, sources, tracked

TEMPLATES = [path for path in tracked("*.html", "*.txt") if "templates" in path.parts]
#: an address of ours; one that is made up for an example is at example.org
_ADDRESS = re.compile(r"[\w.+-]+@omegacloud\.ai")


def test_the_address_for_questions_is_a_setting_and_by_default_the_policys():
    assert settings.PRIVACY_CONTACT == "hello@omegacloud.ai"
    assert "hello@omegacloud.ai" in settings.DEFAULT_FROM_EMAIL
    named = {str(path.relative_to(ROOT)): _ADDRESS.findall(path.read_text()) for path in [*TEMPLATES, *sources()]}
    assert {name: found for name, found in named.items() if found} == {
        "omegaoffice/settings/__init__.py": ["hello@omegacloud.ai"] * 2  # this setting, and the one for researchers
    }


def test_every_data_category_cites_a_section_that_the_policy_has(monkeypatch):
    assert checks.policy_sections_exist() == []
    real = categories.data_categories()[0]
    wrong = categories.DataCategory(
        **{**real.__dict__, "name": "test.wrong", "policy_section": "How We Protect Your Information"}
    )
    monkeypatch.setitem(categories._categories, "test.wrong", wrong)
    [error] = checks.policy_sections_exist()
    assert "test.wrong" in error.msg
    assert len(SECTIONS) == 23


def test_the_front_page_offers_what_there_is(client):
    text = client.get("/").content.decode()
    assert "Ask for a copy of your data" in text
    assert "have it corrected, restricted or deleted" in text
    assert not re.search(r"billing|connect Google|your policy", text, re.IGNORECASE)


def test_letters_name_the_contact_and_nobody_who_is_not_there(user, now, make_staff):
    from accounts.identity.roles import Role
    from accounts.inbox.models import Letter
    from accounts.inbox.services import open_letter

    officer = make_staff("omar", Role.PRIVACY_OFFICER)
    with override_settings(PRIVACY_CONTACT="desk@example.org"):
        with db.use_role("default"):
            request = services.receive_request(user, kind=Kind.ACCESS, identified=True, now=now)
        with db.use_role("staff"):
            services.take_request(request.reference, actor=officer, now=now)
            services.refuse_request(
                request.reference,
                actor=officer,
                ground=RefusalGround.EXCESSIVE,
                reasons="The same request was filed nineteen times in one week.",
                now=now,
            )
    with db.row_security_for(user.reference):
        letters = list(Letter.objects.values_list("pk", flat=True))
    texts = [open_letter(pk, user=user, now=now)[1] for pk in letters]
    assert len(texts) == 2
    assert all("write to desk@example.org" in text for text in texts)
    assert not any("another officer" in text for text in texts)


def test_a_package_says_where_to_write_in_both_languages(now):
    request = SimpleNamespace(reference="RR-1", language="ar", received_at=now, kind=Kind.ACCESS)
    with override_settings(PRIVACY_CONTACT="desk@example.org"):
        pages = {name: page.decode() for name, page in index_pages(Contents(request, now))}
    assert [*pages] == ["index.html", "index.en.html"]
    assert 'dir="rtl"' in pages["index.html"]
    for page in pages.values():
        assert page.count("desk@example.org") == 2
        assert "Stripe" in page
    assert "settings page" not in pages["index.en.html"]
