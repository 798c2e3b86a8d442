"""The staff's lists of ingests, lines that were set aside, and service tokens."""

import re
import uuid

import pytest
from django.contrib.admin.utils import label_for_field
from django.utils.translation import override

from accounts.identity.roles import Role
from accounts.identity.staff.role_admin import RoleListAdmin
from accounts.workloads.models import SetAsideLine
from core import db
from omegaoffice.admin import staff_site
from tests.signin import sign_in

LISTS = [page for page in staff_site._registry.values() if isinstance(page, RoleListAdmin)]


@pytest.mark.parametrize("page", LISTS, ids=str)
def test_each_column_has_a_heading_in_arabic(page):
    with override("ar"):
        headings = [str(label_for_field(name, page.model, page)) for name in page.list_display]
    assert [heading for heading in headings if not re.search("[\u0600-\u06ff]", heading)] == []


def test_an_ingest_is_told_by_the_beginning_of_its_number(client, make_staff):
    ingest = uuid.uuid4()
    with db.use_role("ingest"), db.atomic():
        SetAsideLine.objects.create(ingest=ingest, number=1, field="unit", rule="is missing", digest=b"d" * 16)
    page = sign_in(client, make_staff("ada", Role.ADMINISTRATOR), mfa=True).get("/staff/workloads/setasideline/")
    text = page.content.decode()
    assert f">{str(ingest)[:8]}<" in text
    assert str(ingest) not in text
