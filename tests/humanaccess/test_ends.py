"""Every end of a grant that the table names: the next read is refused, the log has it, the user is told."""

from collections import Counter
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.services import close_account, end_role, suspend_staff
from accounts.inbox.models import Letter
from accounts.personaldata.item_providers import NamedItem
from accounts.workloads import services as workloads
from accounts.workloads.models import TerminatedApp
from audit.log.actors import machine
from core import db
from humanaccess import services
from humanaccess.ends import ENDS
from humanaccess.errors import NothingToShowError, ReadRefusedError
from humanaccess.models import Grant
from tests.platform_rows import put_row
from tests.signin import set_up_totp

#: the user did it, or hears of it by the letters of what ended everything else with them
SILENT = {"ended_by_user", "account_closing", "subject_erased"}


class Triggers:
    """What brings each end about, by its name: as pages, tasks and commands do."""

    def __init__(self, grant, people, app):
        self.grant, self.app = grant, app
        self.reader, self.subject, self.root = people
        self.now = timezone.now()

    def window_over(self):
        with db.use_role("worker"):
            assert services.expire_grants(self.grant.ends_at) == 1

    def ended_by_user(self):
        services.revoke_grant(self.grant, actor=self.subject, now=self.now)

    def ended_by_staff(self):
        with db.use_role("staff"):
            services.revoke_grant(self.grant, actor=self.root, now=self.now)

    def given_back(self):
        with db.use_role("staff"):
            services.close_grant(self.grant, reader=self.reader, now=self.now)

    def factor_lost(self):
        with db.use_role("default"):
            Authenticator.objects.filter(user=self.reader).delete()
        with db.use_role("worker"):
            assert services.end_grants_without_factor(self.now) == 1

    def role_ended(self):
        with db.use_role("staff"):
            end_role(self.reader.role_assignments.get().pk, actor=self.root, now=self.now)

    def staff_left(self):
        with db.use_role("staff"):
            suspend_staff(self.reader, actor=self.root, now=self.now)

    def account_closing(self):
        with db.use_role("staff"):
            close_account(self.subject, actor=self.root, now=self.now)

    def subject_erased(self):
        with db.use_role("worker"), db.atomic():
            services.ForgetAccess().forget(self.subject.reference, actor=machine("worker"), now=self.now)

    def app_ended(self):
        end(self.app, self.subject)
        with db.use_role("worker"):
            workloads.erase_app(self.app, now=timezone.now())


def end(app, subject):
    with db.use_role("ingest"):
        return workloads.end_app(app, subject=subject.reference, actor=machine("console"), now=timezone.now())


def read(grant, item, reader):
    with db.use_role("staff"):
        at = timezone.now()
        return services.read_item(grant.pk, item_id=item, reader=reader, mfa=True, stepped_up=True, now=at)


def told(user):
    with db.row_security_for(user.reference):
        return Letter.objects.filter(kind__endswith="ended").count()


@pytest.fixture
def app(user, now):
    return put_row("workloads_app", user.reference, now - timedelta(days=1))


@pytest.fixture
def of_app(app, user, now):
    """Two log lines of one app."""
    ids = [put_row("workloads_logline", user.reference, now - timedelta(hours=n), app=app) for n in (1, 2)]
    return [NamedItem("workloads.logline", one, {"app": str(app)[:8], "level": "error", "time": "1"}) for one in ids]


@pytest.fixture
def grant(make_request, user, support, of_app, shown, now):
    """A grant on two lines of one app, whose reader has a second factor."""
    with db.use_role("default"):
        set_up_totp(support)
    return services.agree_to_request(
        make_request(items=of_app), user=user, items={one.id for one in of_app}, shown=shown, now=now
    )


@pytest.fixture
def triggers(grant, support, user, make_staff, app):
    root = make_staff("root", Role.ADMINISTRATOR)
    return Triggers(grant, (support, user, root), app)


#: a grant on the ground of law ends in `legal/test_process.py`, one on what automations hold in `test_google_ended.py`
@pytest.mark.parametrize("name", sorted(set(ENDS) - {"process_closed", "google_ended"}))
def test_each_end_refuses_the_next_read_is_logged_and_told(triggers, grant, of_app, support, user, events, name):
    read(grant, of_app[0].id, support)
    getattr(triggers, name)()
    with pytest.raises(ReadRefusedError) as refused:
        read(grant, of_app[0].id, User.objects.get(pk=support.pk))
    assert refused.value.rule in {"ended", "role", "own_data"}
    with db.use_role("staff"):
        assert Grant.objects.get().ended_reason
    assert Counter(events("humanaccess.grant.ended")) == {("humanaccess.grant.ended", "ok"): 1}
    assert told(user) == (name not in SILENT)


def test_the_sweeps_leave_alone_who_has_a_factor(grant, now):
    with db.use_role("worker"):
        assert services.end_grants_without_factor(now) == 0


def test_nothing_of_an_ended_app_is_read_though_its_erasure_has_not_begun(grant, app, of_app, support, user):
    read(grant, of_app[0].id, support)
    end(app, user)
    with pytest.raises(NothingToShowError):
        read(grant, of_app[0].id, support)


def test_a_grant_that_holds_more_than_the_ended_app_lives_on(
    make_request, user, support, of_app, lines, app, shown, now
):
    both = [of_app[0], lines[0]]
    mixed = services.agree_to_request(
        make_request(items=both), user=user, items={one.id for one in both}, shown=shown, now=now
    )
    end(app, user)
    with db.use_role("worker"):
        workloads.erase_app(app, now=timezone.now())
        assert TerminatedApp.objects.get().settled_at is None
    with pytest.raises(NothingToShowError):
        read(mixed, of_app[0].id, support)
    assert read(mixed, lines[0].id, support).values


def test_an_erasure_that_fails_ends_no_grant(grant, app, user, monkeypatch):
    end(app, user)
    monkeypatch.setattr("accounts.workloads.services.ended_apps.lock_holds", lambda _subject: 1 / 0)
    with db.use_role("worker"), pytest.raises(ZeroDivisionError):
        workloads.erase_app(app, now=timezone.now())
    with db.use_role("staff"):
        assert Grant.objects.get().ended_at is None
