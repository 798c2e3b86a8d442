"""A kind of case is a declaration: a made-up one in less than 150 lines has a queue, a page, acts and a first page."""

import importlib
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connections
from django.urls import clear_url_caches, path, set_urlconf

from accounts.identity import waiting
from accounts.identity.roles import Role
from audit.log import event_types
from cases import kinds
from cases.questions import answer_question
from core import db
from omegaoffice.admin import StaffSite
from tests.signin import sign_in

MODULE = "tests.cases.complaints"
QUEUE = "/staff/cases/complaint/"


@pytest.fixture
def complaints(office, settings, monkeypatch):
    """The made-up app as if it were installed; nothing of it is left afterwards."""
    module = importlib.import_module(MODULE)
    models = (module.Complaint, module.ComplaintNote, module.ComplaintQuestion, module.ComplaintCounter)
    with connections["owner"].schema_editor() as editor:
        for model in models:
            editor.create_model(model)
            editor.execute(f"GRANT ALL ON {model._meta.db_table} TO office_staff, office_self")
    for event in module.EVENTS.values():
        monkeypatch.setitem(event_types._events, event.name, event)
    monkeypatch.setitem(kinds.case_kinds, "complaints", module.COMPLAINTS)
    monkeypatch.setitem(waiting._lists, "complaints", module.WAITING)
    site = StaffSite(name="admin")
    site.register(module.Complaint, module.ComplaintAdmin)
    from omegaoffice import urls

    others = [each for each in urls.urlpatterns if str(each.pattern) != "staff/"]
    urlconf = type(sys)("complaint_urls")
    urlconf.urlpatterns = [path("staff/", site.urls), *others]
    settings.ROOT_URLCONF = urlconf
    clear_url_caches()
    set_urlconf(None)
    yield module
    for model in models:
        del apps.all_models["cases"][model._meta.model_name]
    apps.clear_cache()
    del sys.modules[MODULE]
    clear_url_caches()


def test_a_made_up_kind_of_case_is_declared_in_less_than_150_lines_and_walked(
    complaints, client, make_staff, user, now
):
    assert len(Path(complaints.__file__).read_text().splitlines()) < 150
    with db.use_role("default"):
        complaint = complaints.receive(user, now)
    assert complaint.reference == "CO-2026-000001"
    sam = make_staff("sam", Role.SUPPORT)
    sign_in(client, sam, mfa=True, fresh=True)

    assert complaint.reference in client.get("/staff/").content.decode()
    queue = client.get(QUEUE).content.decode()
    assert complaint.reference in queue
    address = f"{QUEUE}{complaint.reference}/"
    assert client.get(address).status_code == 200
    assert client.post(f"{address}settle/").status_code == 403
    assert client.post(f"{address}take/")["Location"] == address
    page = client.get(address).content.decode()
    assert "Undo" in page
    assert client.post(f"{address}release/").status_code == 302
    assert client.post(f"{QUEUE}take-next/")["Location"] == address
    assert client.post(f"{address}note/", {"text": "Called back."}).status_code == 302
    page = client.get(address).content.decode()
    assert "Called back." in page
    assert f"Complaint {complaint.reference} was taken" in page
    question = {"text": "Which of the two invoices is it?"}
    assert "About CO-2026-000001" in client.post(f"{address}ask_user/", {**question, "preview": "1"}).content.decode()
    assert client.post(f"{address}ask_user/", question).status_code == 302
    assert client.post(f"{address}settle/").status_code == 409
    with db.use_role("default"), db.row_security_for(user.reference):
        asked = complaints.ComplaintQuestion.objects.get().pk
        answer_question(complaints.COMPLAINTS, complaint.reference, asked, user=user, text="The second one.", now=now)
    page = client.get(address).content.decode()
    assert "Which of the two invoices is it?" in page
    assert "The second one." in page
    assert client.post(f"{address}ask_user/", question).status_code == 302
    assert client.post(f"{address}resume/").status_code == 302
    assert "Closed without an answer" in client.get(address).content.decode()
    assert client.post(f"{address}settle/").status_code == 302
    assert client.post(f"{address}take/").status_code == 409
    assert complaint.reference not in client.get(f"{QUEUE}?tab=open").content.decode()
    assert complaint.reference in client.get(f"{QUEUE}?tab=all").content.decode()
    assert complaint.reference not in client.get("/staff/").content.decode()
