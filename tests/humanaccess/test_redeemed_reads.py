"""What the platform holds is shown by it for a one-time code: made under a committed read, redeemed once, in time."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.identity.models import RoleAssignment
from accounts.personaldata.item_providers import NamedItem, provider_of
from accounts.workloads.services import make_token
from audit.log.actors import Actor
from audit.log.models import Entry
from core import db
from humanaccess import services
from humanaccess.access_gate_sql import CODE_SECONDS
from humanaccess.errors import LogUnwritableError, NothingToShowError, ReadRefusedError
from humanaccess.models import ReadCode
from omegaoffice.db.roles import RUNNING
from tests.platform_rows import put_row
from tests.stolen.conftest import steal  # noqa: F401  a fixture

URL = "/api/v1/platform/reads"
KINDS = ("platform.code", "platform.files")


def owned(statement, *values):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def app(user, now):
    """An app of the user, as the platform told of it."""
    return put_row("workloads_app", user.reference, now - timedelta(hours=1))


@pytest.fixture
def item(app):
    """The app's code, as an item."""
    return UUID(int=app.int ^ 1)


@pytest.fixture
def granted(make_request, user, app, item, shown, now):
    """A grant to read code and stored files of the app."""
    facts = {"id": str(app)[:8], "provider": "aws", "region": "eu", "time": "then"}
    request = make_request(items=[NamedItem(KINDS[0], item, facts)])
    return services.agree_to_request(request, user=user, items={item}, shown=shown, now=now)


@pytest.fixture
def read(granted, item, support):
    """Read the app's code as its reader, and get a code."""

    def do(**how):
        with db.use_role("staff"):
            how = {"item_id": item, "reader": support, "mfa": True, "stepped_up": True, "now": timezone.now(), **how}
            return services.read_item(granted.pk, **how)

    return do


@pytest.fixture
def text(office, now):
    with db.use_role("staff"):
        return make_token("platform", scopes=["reads"], actor=Actor("staff", "5" * 32), now=now)[1]


@pytest.fixture
def redeem(text, app):
    """Redeem as the platform: `redeem(code)`."""

    def do(code, item=app, text=text, **more):
        headers = {"Authorization": f"Bearer {text}"}
        return Client().post(URL, {"code": code, "item": str(item), **more}, "application/json", headers=headers)

    return do


def rules(office_events=("humanaccess.code.refused", "humanaccess.code.redeemed")):
    """Return (event, rule, subject) of each attempt."""
    with db.use_role("auditor"):
        rows = Entry.objects.filter(event__in=office_events).order_by("id")
        return [
            (row.event.rpartition(".")[2], orjson.loads(bytes(row.leaf))["payload"].get("rule"), row.subject)
            for row in rows
        ]


def test_a_code_is_redeemed_once(read, redeem, granted, user, support, app, events):
    access = read()
    assert access.values == {}
    assert len(access.code.text) == 43
    assert events("humanaccess.item.read") == [("humanaccess.item.read", "ok")]
    answer = redeem(access.code.text)
    assert answer.status_code == 200, answer.content
    assert "no-store" in answer["Cache-Control"]
    found = answer.json()
    assert UUID(found.pop("request"))
    assert found == {
        "subject": user.reference,
        "kind": "platform.code",
        "item": str(app),
        "reader": support.reference,
        "case": granted.approval_request.reference,
        "ends_at": found["ends_at"],
        "entry": str(access.entry),
    }
    again = redeem(access.code.text)
    assert again.status_code == 404
    assert rules() == [("redeemed", None, user.reference), ("refused", "used", user.reference)]


def test_only_the_hash_is_stored_and_no_code_is_in_the_log(read, redeem):
    code = read().code.text
    redeem(code)
    [(stored,)] = owned("SELECT code_hash FROM humanaccess_readcode")
    assert stored == hashlib.sha256(code.encode()).hexdigest()
    assert owned("SELECT count(*) FROM audit_entry WHERE position(%s in convert_from(leaf, 'UTF8')) > 0", code) == [
        (0,)
    ]
    assert owned("SELECT count(*) FROM humanaccess_readcode r WHERE r::text LIKE %s", f"%{code}%") == [(0,)]


def test_it_lives_for_sixty_seconds_by_the_databases_clock(read, redeem, user):
    code = read().code.text
    [(life,)] = owned(
        "SELECT extract(epoch FROM r.expires_at - e.written_at) FROM humanaccess_readcode r "
        "JOIN audit_entry e ON e.id = r.entry"
    )
    assert CODE_SECONDS <= life < CODE_SECONDS + 3
    owned("UPDATE humanaccess_readcode SET expires_at = expires_at - interval '61 seconds'")
    assert redeem(code).status_code == 404
    owned("UPDATE humanaccess_readcode SET expires_at = expires_at + interval '2 seconds'")
    assert redeem(code).status_code == 200
    assert [rule for _event, rule, _subject in rules()] == ["late", None]


def test_for_another_item_it_opens_nothing_and_stays_good_for_its_own(read, redeem, user, now):
    code = read().code.text
    other = put_row("workloads_app", user.reference, now)
    assert redeem(code, item=other).status_code == 404
    assert redeem(code).status_code == 200


@pytest.mark.parametrize("how", ["user", "reader", "window"])
def test_an_access_that_ended_meanwhile_opens_nothing(read, redeem, granted, user, support, how):
    code = read().code.text
    if how == "user":
        services.revoke_grant(granted, actor=user, now=timezone.now())
    elif how == "reader":
        with db.use_role("staff"):
            services.close_grant(granted, reader=support, now=timezone.now())
    else:
        owned("ALTER TABLE humanaccess_grant DISABLE TRIGGER humanaccess_keep")
        owned("UPDATE humanaccess_grant SET starts_at = starts_at - interval '9 days', ends_at = now()")
        owned("ALTER TABLE humanaccess_grant ENABLE ALWAYS TRIGGER humanaccess_keep")
    assert redeem(code).status_code == 404
    assert rules() == [("refused", "closed", user.reference)]


def test_a_reader_without_the_role_is_shown_nothing(read, redeem, support, now):
    code = read().code.text
    with db.use_role("owner"):
        RoleAssignment.objects.filter(user=support).update(ended_at=timezone.now(), ended_by="0" * 32)
    assert redeem(code).status_code == 404
    assert [rule for _event, rule, _subject in rules()] == ["closed"]


@pytest.mark.parametrize("how", ["erased", "terminated"])
def test_an_app_that_is_gone_gives_no_code_and_redeems_none(read, redeem, app, user, events, how):
    code = read().code.text
    if how == "erased":
        owned("DELETE FROM workloads_app")
    else:
        owned("INSERT INTO workloads_terminatedapp VALUES (%s, %s, now(), NULL)", app, user.reference)
    assert redeem(code).status_code == 404
    assert [rule for _event, rule, _subject in rules()] == ["gone"]
    with pytest.raises(NothingToShowError):
        read()
    assert events("humanaccess.read") == [("humanaccess.read.failed", "failed")]


def test_unknown_used_late_and_other_are_one_answer_with_as_many_queries(read, redeem, text, app):
    used, late = read().code.text, read().code.text
    redeem(used)
    owned("UPDATE humanaccess_readcode SET expires_at = now() WHERE redeemed_at IS NULL")
    answers, counts = set(), set()
    for code, item in ((used, app), (late, app), ("x" * 43, app), (read().code.text, uuid4())):
        with CaptureQueriesContext(connections["ingest"]) as queries:
            answer = redeem(code, item)
        body = {name: value for name, value in answer.json().items() if name not in {"instance", "request_id"}}
        answers.add((answer.status_code, answer["Content-Type"], orjson.dumps(body)))
        counts.add(len(queries))
    assert len(answers) == 1
    assert len(counts) == 1
    assert rules()[-2:] == [("refused", "unknown", None), ("refused", "other_item", rules()[-1][2])]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"code": "x" * 65}, "code"), ({"item": "7"}, "item"), ({"code": ""}, "code"), ({"more": "1"}, "more")],
)
def test_a_body_that_breaks_a_rule_names_it(redeem, app, body, field):
    answer = redeem(**{"code": "x", "item": app, **body})
    assert answer.status_code in {400, 422}
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_a_token_without_the_scope_redeems_nothing(read, redeem, now):
    with db.use_role("staff"):
        other = make_token("other", scopes=["orders"], actor=Actor("staff", "5" * 32), now=now)[1]
    code = read().code.text
    assert redeem(code, text=other).status_code == 403
    assert redeem(code, text="omega_svc_x").status_code == 401
    assert redeem(code).status_code == 200


def test_of_two_at_once_one_wins(read, redeem):
    code = read().code.text

    def once(_number):
        try:
            return redeem(code).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(once, range(4)))
    assert found == [200, 404, 404, 404]


def test_the_same_gate_stands_before_it(read, granted, support, engineer, events):
    for how, rule in (
        ({"mfa": False}, "mfa"),
        ({"stepped_up": False}, "step_up"),
        ({"reader": engineer}, "not_reader"),
        ({"item_id": uuid4()}, "scope"),
        ({"now": timezone.now() + timedelta(days=6)}, "window"),
    ):
        with pytest.raises(ReadRefusedError) as refused:
            read(**how)
        assert refused.value.rule == rule
    assert owned("SELECT count(*) FROM humanaccess_readcode") == [(0,)]


def test_no_code_is_made_where_the_log_cannot_be_written(read, granted):
    owned("REVOKE INSERT ON audit_entry FROM office_staff")
    with pytest.raises(LogUnwritableError):
        read()
    assert owned("SELECT count(*) FROM humanaccess_readcode") == [(0,)]


def test_agreement_to_the_code_opens_neither_files_nor_the_apps_name(read, granted, support, app):
    access = read()
    with db.use_role("staff"), db.atomic(), db.connection().cursor() as cursor:
        db.set_local(subject=granted.subject, grant=str(granted.pk), entry=str(access.entry))
        cursor.execute("SELECT humanaccess_open_item('platform.files'), humanaccess_open_item('workloads.app')")
        assert cursor.fetchone() == (None, None)
        cursor.execute("SELECT count(*) FROM workloads_app")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("role", RUNNING)
def test_no_role_reads_a_code_or_makes_it_last(read, granted, steal, role):  # noqa: F811
    access, thief = read(), steal(role)
    thief.claim(subject=granted.subject, grant=granted.pk, entry=access.entry)
    for statement in (
        "SELECT * FROM humanaccess_readcode",
        "UPDATE humanaccess_readcode SET expires_at = now() + interval '1 day'",
        "UPDATE humanaccess_readcode SET redeemed_at = NULL",
        "DELETE FROM humanaccess_readcode",
        "INSERT INTO humanaccess_readcode SELECT * FROM humanaccess_readcode",
        "SELECT humanaccess_open_code('platform.code')",
        "SELECT humanaccess_make_code('platform.code', repeat('a', 64))",  # its entry has its code
        "SELECT humanaccess_make_code('workloads.app', repeat('a', 64))",
    ):
        assert thief.fails(statement), statement
    if role != "office_worker":
        assert thief.fails("SELECT humanaccess_sweep_codes()")
    if role != "office_ingest":
        assert thief.fails("SELECT humanaccess_redeem_code(repeat('a', 64), gen_random_uuid(), gen_random_uuid())")


def test_staff_make_no_code_under_an_entry_of_another_item_or_an_old_one(read, granted, steal):  # noqa: F811
    thief = steal("office_staff")
    for claim in ({"entry": uuid4()}, {"grant": uuid4()}):
        thief.claim(**{"subject": granted.subject, "grant": granted.pk, "entry": read().entry, **claim})
        before = owned("SELECT count(*) FROM humanaccess_readcode")
        assert thief.run("SELECT app FROM humanaccess_make_code('platform.code', repeat('b', 64))") == [(None,)]
        assert owned("SELECT count(*) FROM humanaccess_readcode") == before


def test_hashes_go_after_a_day(read):
    read()
    with db.use_role("worker"):
        assert services.remove_codes() == 0
        owned("UPDATE humanaccess_readcode SET expires_at = now() - interval '25 hours'")
        assert services.remove_codes() == 1
        assert not services.remove_codes()
    assert owned("SELECT count(*) FROM humanaccess_readcode") == [(0,)]


def test_the_page_shows_the_code_once_and_posts_it_to_the_viewer(
    granted, app, item, support, client_of, redeem, settings
):
    settings.PLATFORM_VIEWER_URL = "https://viewer.example/open"
    address = f"/staff/humanaccess/ask/{granted.approval_request.reference}/look/{item}/"
    client = client_of(support)
    page = client.post(address)
    assert page.status_code == 200
    (code,) = re.findall(r'id="code" dir="ltr">([\w-]+)<', page.content.decode())
    assert 'action="https://viewer.example/open"' in page.content.decode()
    assert page.content.decode().count(code) == 2
    assert f'name="item" value="{app}"' in page.content.decode()
    assert code not in client.get(address, follow=True).content.decode()
    settings.PLATFORM_VIEWER_URL = ""
    assert "viewer.example" not in client.post(address).content.decode()
    assert redeem(code).status_code == 200


def test_every_read_behind_a_code_is_accounted_for(read, redeem, now):
    from humanaccess.promises import _code_read_under_a_grant, _no_other_human_reads

    redeem(read().code.text)
    for check in (_code_read_under_a_grant, _no_other_human_reads):
        result = check(timezone.now())
        assert result.figures["exceptions"] == 0
        assert result.figures["reads"] == 1


def test_columns_of_codes_name_nobody(office):
    assert {field.name for field in ReadCode._meta.get_fields()} == {
        "id", "code_hash", "grant", "subject", "kind", "item", "entry", "expires_at", "redeemed_at", "redeemed_by",
    }  # fmt: skip


def test_code_files_and_record_of_one_app_are_three_items_to_agree_to(user, support, app, now):
    from tests.authorisations import listing

    found = set()
    for kind in ("workloads.app", *KINDS):
        with listing(user.reference, kind):
            found.add(provider_of(kind).name_items(user.reference)[0].id)
    assert len(found) == 3
    assert app in found
