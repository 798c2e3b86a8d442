"""A user's pages: what is held, filing, following, withdrawing, downloading."""

import html
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils.html import escape

from accounts.identity.actors import actor_of
from accounts.personaldata.categories import data_categories
from core import db
from rights import services
from rights.models import Package, RightsRequest, Step
from rights.states import Kind, RefusalGround, RequestState
from tests.settings_menu import count_beside
from tests.signin import sign_in

PRIVACY = "/settings/privacy/"
FILE = "/settings/privacy/requests/new/access/"


@pytest.fixture(autouse=True)
def _at(now):
    with time_machine.travel(now, tick=True):
        yield


@pytest.fixture
def home(client, user):
    """The user's browser, with a recent step-up."""
    return sign_in(client, user, fresh=True)


@pytest.fixture
def delivered(file_request, user, officer, start, work, now):
    request = start(file_request(user))
    work(request)
    with db.use_role("staff"):
        return services.approve_delivery(request.reference, actor=officer, now=now)


def package_of(request):
    return f"/settings/privacy/requests/{request.reference}/package/"


def body(response):
    return b"".join(response.streaming_content)


def test_the_privacy_page_counts_each_data_category_and_says_why(home, file_request, user):
    file_request(user)
    answer = home.get(PRIVACY)
    text = answer.content.decode()

    assert answer.status_code == 200
    for category in data_categories():
        assert escape(str(category.title)) in text
        assert escape(str(category.legal_basis)) in text
    counts = {item["category"].name: item["count"] for item in answer.context["held"]}
    assert counts["rights.requests"] == 1
    assert counts["inbox.letters"] == 1
    nothing = answer.context["not_held"]
    assert len(counts) + len(nothing) == len(data_categories())
    assert f"Nothing in {len(nothing)} more categories" in text
    assert "RR-2026-000001" in text


def test_many_requests_come_in_pages_and_the_open_one_is_found_from_each(home, file_request, user, now):
    for number in range(11):
        closed = file_request(user, at=now - timedelta(days=20 - number))
        services.withdraw_request(user, closed.reference, now=now - timedelta(days=20 - number))
    opened = file_request(user, at=now - timedelta(days=30))
    first, second = home.get(PRIVACY), home.get(PRIVACY, {"page": 2})
    assert [len(page.context["rows"]) for page in (first, second)] == [10, 2]
    assert first.context["rows"][0]["request"].reference == "RR-2026-000011"
    assert second.context["rows"][-1]["request"] == opened
    for page in (first, second):
        assert {kind: row for kind, _offer, row in page.context["offers"]}[Kind.ACCESS] == opened
    assert 'href="?page=2"' in first.content.decode()


def test_filing_asks_first_and_then_shows_the_request(home, user):
    assert home.get(FILE).status_code == 200
    with db.use_role("staff"):
        assert not RightsRequest.objects.exists()
    answer = home.post(FILE, {"place": "DE", "step": "file"}, follow=True)
    text = answer.content.decode()

    assert answer.redirect_chain == [("/settings/privacy/requests/RR-2026-000001/confirmation/", 302)]
    assert "Wednesday 23 December 2026" in text
    assert "Europe/Berlin" in text
    assert "Germany" in text


@pytest.mark.parametrize(
    ("place", "regime", "country"),
    [("EU", "eu", ""), ("FR", "eu", "FR"), ("GB", "uk", ""), ("US-CA", "california", ""), ("other", "policy", "")],
)
def test_the_place_decides_which_regime(home, place, regime, country):
    home.post(FILE, {"place": place, "step": "file"})
    with db.use_role("staff"):
        found = RightsRequest.objects.get()

    assert (found.regime, found.country) == (regime, country)


def test_a_second_request_is_answered_with_the_first_ones_number(home, file_request, user):
    file_request(user)
    answer = home.post(FILE, {"place": "EU"})

    assert answer.status_code == 409
    assert "You already have an open request of this kind" in answer.content.decode()
    assert "/settings/privacy/requests/RR-2026-000001/" in answer.content.decode()
    with db.use_role("staff"):
        assert RightsRequest.objects.count() == 1


@pytest.mark.parametrize("place", ["Atlantis", ""])
def test_bad_input_names_the_field_and_stores_nothing(home, place):
    assert '<option value="">' not in home.get(FILE).content.decode()
    answer = home.post(FILE, {"place": place})

    assert answer.status_code == 422
    assert "place" in answer.context["form"].errors
    with db.use_role("staff"):
        assert not RightsRequest.objects.exists()


def test_fields_that_are_not_asked_for_change_nothing(home, make_user):
    other = make_user("noor")
    home.post(
        FILE, {"place": "EU", "step": "file", "state": "fulfilled", "subject": other.reference, "due_on": "2030-01-01"}
    )
    with db.use_role("staff"):
        found = RightsRequest.objects.get()

    assert (found.state, found.due_on.isoformat()) == (RequestState.RECEIVED, "2026-12-23")
    assert found.subject != other.reference


def test_unknown_kinds_do_not_exist(home):
    assert home.get("/settings/privacy/requests/new/everything/").status_code == 404


def test_filing_and_downloading_need_a_recent_step_up(client, user, delivered):
    sign_in(client, user)
    for address in (FILE, package_of(delivered)):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/settings/step-up/?next=")
    assert client.post(FILE, {"place": "EU"}).status_code == 302
    with db.use_role("staff"):
        assert RightsRequest.objects.count() == 1


def test_nobody_gets_in_without_signing_in(client, delivered):
    base = f"/settings/privacy/requests/{delivered.reference}/"
    for address in (PRIVACY, FILE, base, base + "withdraw/", base + "package/"):
        answer = client.get(address)
        assert (answer.status_code, "/accounts/login/" in answer["Location"]) == (302, True)
    assert client.get(base + "progress/")["Location"] == base
    polled = client.get(base + "progress/", headers={"HX-Request": "true"})
    assert (polled["HX-Redirect"], polled.content) == (base, b"")


def test_another_user_finds_nothing_of_it(client, delivered, make_user):
    sign_in(client, make_user("noor"), fresh=True)
    base = f"/settings/privacy/requests/{delivered.reference}/"
    for address in (base, base + "withdraw/", base + "package/"):
        assert client.get(address).status_code == 404
    assert client.get(base + "progress/", headers={"HX-Request": "true"}).status_code == 404
    assert client.post(base + "withdraw/").status_code == 404
    assert delivered.reference not in client.get(PRIVACY).content.decode()


def test_the_progress_page_stops_polling_when_all_is_done(home, file_request, user, officer, start, work, now):
    request = start(file_request(user))
    address = f"/settings/privacy/requests/{request.reference}/progress/"
    running = home.get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in running
    assert 'value="0"' in running
    work(request)
    with db.use_role("staff"):
        services.approve_delivery(request.reference, actor=officer, now=now)
    done = home.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in done
    assert "Your data is ready" in done
    assert home.get(address)["Location"] == f"/settings/privacy/requests/{request.reference}/"


POLLED = {"HX-Request": "true"}


def polled_at(page):
    return html.unescape(re.search(r'hx-get="([^"]+)"', page.content.decode())[1])


def test_what_happened_moves_with_the_steps_and_nothing_is_swapped_while_nothing_does(
    home, file_request, user, officer, start, now
):
    request = start(file_request(user))
    address = f"/settings/privacy/requests/{request.reference}/"
    page = home.get(address)
    assert home.get(polled_at(page), headers=POLLED).status_code == 204
    with db.use_role("worker"):
        services.run_step(Step.objects.filter(request_id=request.pk).order_by("position")[0].pk, clock=lambda: now)
    moved = home.get(polled_at(page), headers=POLLED)
    assert 'value="1"' in moved.content.decode()
    assert home.get(polled_at(moved), headers=POLLED).status_code == 204
    with db.use_role("staff"):
        services.release_requests(officer.reference, actor=actor_of(officer), now=now)
    assert "went back to the queue" in home.get(polled_at(moved), headers=POLLED).content.decode()


def test_a_new_state_loads_the_whole_page_anew(home, file_request, user, officer, now):
    request = file_request(user)
    page = home.get(f"/settings/privacy/requests/{request.reference}/")
    assert "Nothing more is needed from you" in page.content.decode()
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
    answer = home.get(polled_at(page), headers=POLLED)
    assert (answer["HX-Refresh"], answer.content) == ("true", b"")
    page = home.get(f"/settings/privacy/requests/{request.reference}/").content.decode()
    assert "being verified" in page
    assert "identified already" not in page


def test_the_polled_part_keeps_the_page_of_the_timeline(home, file_request, user, start, monkeypatch):
    monkeypatch.setattr("cases.timeline._PAGE_SIZE", 1)
    address = f"{PRIVACY}requests/{start(file_request(user)).reference}/"
    second = home.get(address + home.get(address).context["older_url"])
    polled = home.get(polled_at(second).replace("seen=", "seen=x"), headers=POLLED)
    assert polled.context["timeline"] == second.context["timeline"]


def test_withdrawing_asks_first_and_once(home, file_request, user):
    request = file_request(user)
    address = f"/settings/privacy/requests/{request.reference}/withdraw/"
    assert home.get(address).status_code == 200
    assert home.post(address).status_code == 302
    answer = home.post(address)

    assert answer.status_code == 409
    assert "withdrawn" in answer.content.decode()
    page = home.get(f"/settings/privacy/requests/{request.reference}/").content.decode()
    assert "You withdrew it, and nothing more is done about it." in page


def test_the_owner_downloads_a_zip(home, delivered):
    answer = home.get(package_of(delivered))
    data = body(answer)

    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="{delivered.reference}.zip"'
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "no-store, private"
    assert int(answer["Content-Length"]) == len(data)
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    assert json.loads(archive.read("manifest.json"))["request"] == delivered.reference


def test_a_broken_download_is_resumed(home, delivered):
    whole = body(home.get(package_of(delivered)))
    first = home.get(package_of(delivered), headers={"Range": "bytes=0-99"})
    rest = home.get(package_of(delivered), headers={"Range": "bytes=100-", "If-Range": first["ETag"]})

    assert (first.status_code, rest.status_code) == (206, 206)
    assert first["Content-Range"] == f"bytes 0-99/{len(whole)}"
    assert body(first) + body(rest) == whole
    assert body(home.get(package_of(delivered), headers={"Range": "bytes=-10"})) == whole[-10:]
    other = home.get(package_of(delivered), headers={"Range": "bytes=100-", "If-Range": '"other"'})
    assert (other.status_code, body(other)) == (200, whole)
    several = home.get(package_of(delivered), headers={"Range": "bytes=0-1,4-5"})
    assert (several.status_code, body(several)) == (200, whole)


def downloads_of(user):
    with db.row_security_for(user.reference):
        return Package.objects.get().downloads


def test_ranges_of_one_download_are_one_download(home, delivered, user, logged, now):
    for first in range(5):
        part = home.get(package_of(delivered), headers={"Range": f"bytes={first * 1000}-{first * 1000 + 999}"})
        assert (part.status_code, len(body(part))) == (206, 1000)
    assert downloads_of(user) == 1
    assert logged(delivered.reference).count("rights.package.downloaded") == 1
    body(home.get(package_of(delivered)))
    assert downloads_of(user) == 2


def test_ranges_long_after_are_another_download(client, user, delivered, now):
    for minutes, count in [(0, 1), (59, 1), (61, 2)]:
        with time_machine.travel(now + timedelta(minutes=minutes), tick=True):
            sign_in(client, user, fresh=True)
            body(client.get(package_of(delivered), headers={"Range": "bytes=0-9"}))
        assert downloads_of(user) == count


def test_a_download_that_began_in_time_is_resumed_with_a_stale_step_up(home, user, delivered, now):
    whole = body(home.get(package_of(delivered)))
    with time_machine.travel(now + timedelta(minutes=40), tick=True):
        first = home.get(package_of(delivered), headers={"Range": "bytes=0-0"})
        assert body(first) == whole[:1]
        tag = {"If-Range": first["ETag"]}
        rest = home.get(package_of(delivered), headers={"Range": "bytes=50-", "Accept": "*/*", **tag})
        assert (rest.status_code, body(rest)) == (206, whole[50:])
        # Neither the whole of it, nor what would become the whole of it.
        assert "/settings/step-up/" in home.get(package_of(delivered))["Location"]
        other = home.get(package_of(delivered), headers={"Range": "bytes=50-", "If-Range": '"other"'})
        assert (other.status_code, other["Content-Type"]) == (403, "application/problem+json")
    with time_machine.travel(now + timedelta(minutes=61), tick=True):
        late = home.get(package_of(delivered), headers={"Range": "bytes=50-"})
        assert (late.status_code, late["Content-Type"]) == (403, "application/problem+json")
    assert downloads_of(user) == 1


def test_a_session_without_a_step_up_of_its_own_goes_on_with_nothing(client, home, user, delivered):
    body(home.get(package_of(delivered)))
    home.logout()
    away = home.get(package_of(delivered), headers={"Range": "bytes=50-"})
    assert (away.status_code, away["Content-Type"]) == (401, "application/problem+json")
    sign_in(client, user)
    assert client.get(package_of(delivered), headers={"Range": "bytes=50-"}).status_code == 403
    assert client.get(package_of(delivered), headers={"Accept": "*/*"}).status_code == 403
    assert client.get(package_of(delivered), headers={"Accept": "text/html,*/*;q=0.8"}).status_code == 302


@pytest.mark.parametrize("header", ["bytes=99999999-", "bytes=-0"])
def test_a_range_that_does_not_exist_is_answered_416(home, delivered, header):
    answer = home.get(package_of(delivered), headers={"Range": header})

    assert answer.status_code == 416
    assert answer["Content-Range"].startswith("bytes */")


def test_head_tells_the_size_and_is_no_download(home, delivered, user):
    answer = home.head(package_of(delivered))

    assert answer.status_code == 200
    assert int(answer["Content-Length"]) > 100
    with db.row_security_for(user.reference):
        assert Package.objects.get().downloads == 0


def test_an_expired_package_is_gone_with_a_sentence(client, user, delivered, now):
    with time_machine.travel(now + timedelta(days=14, minutes=1), tick=True):
        sign_in(client, user, fresh=True)
        answer = client.get(package_of(delivered))

    assert answer.status_code == 410
    assert "This package has expired" in answer.content.decode()


def test_a_package_before_approval_does_not_exist_for_the_user(home, file_request, user, start, work):
    request = start(file_request(user))
    work(request)

    assert home.get(package_of(request)).status_code == 404
    assert "Your data is ready" not in home.get(f"/settings/privacy/requests/{request.reference}/").content.decode()


def test_a_storage_that_is_away_is_reported_and_nothing_is_lost(home, delivered, user):
    with db.row_security_for(user.reference):
        name = Package.objects.get().name
    default_storage.delete(name)
    answer = home.get(package_of(delivered))

    assert answer.status_code == 503
    assert "Nothing is lost" in answer.content.decode()


def test_the_overview_shows_that_the_data_is_ready_until_it_was_downloaded(home, delivered):
    page = home.get("/settings/")
    assert [(str(card.title), card.action) for card in page.context["waiting"]] == [("Your data is ready", "Download")]
    assert count_beside(page, PRIVACY) == "1"
    body(home.get(package_of(delivered)))
    page = home.get("/settings/")
    assert (page.context["waiting"], count_beside(page, PRIVACY)) == ([], None)
    assert [card.action for card in page.context["others"]] == ["Add a second step", "Ask for your data", "Read it"]


def test_the_overview_names_the_answer_that_nobody_has_read(home, file_request, user, officer, now):
    request = file_request(user)
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
        facts = {"ground": RefusalGround.EXCESSIVE, "reasons": "The third one this week."}
        services.refuse_request(request.reference, actor=officer, now=now, **facts)
    news = {item.text: item for item in home.get("/settings/").context["news"]}
    refused = news["Your request RR-2026-000001 was refused"]
    assert "The third one this week." in home.get(refused.url).content.decode()
    assert refused not in home.get("/settings/").context["news"]


def test_the_kinds_in_the_law_are_the_kinds_here():
    assert set(Kind) == {"access", "portability", "correction", "deletion", "restriction", "objection"}


def test_a_timeline_longer_than_a_page_goes_on(home, file_request, user, officer, start, monkeypatch):
    monkeypatch.setattr("cases.timeline._PAGE_SIZE", 1)
    address = f"{PRIVACY}requests/{start(file_request(user)).reference}/"
    first = home.get(address)
    assert len(first.context["timeline"]) == 1
    second = home.get(address + first.context["older_url"])
    assert second.status_code == 200
    assert second.context["timeline"] != first.context["timeline"]
    assert home.get(address, {"older": "x"}).status_code == 404
