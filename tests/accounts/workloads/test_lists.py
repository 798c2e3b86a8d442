"""The staff's lists of ingests, lines that were set aside, and service tokens."""

import re

import pytest
from django.contrib.admin.utils import label_for_field
from django.utils.translation import override

from accounts.identity.staff.role_admin import RoleListAdmin
from omegaoffice.admin import staff_site

LISTS = [page for page in staff_site._registry.values() if isinstance(page, RoleListAdmin)]


@pytest.mark.parametrize("page", LISTS, ids=str)
def test_each_column_has_a_heading_in_arabic(page):
    with override("ar"):
        headings = [str(label_for_field(name, page.model, page)) for name in page.list_display]
    assert [heading for heading in headings if not re.search("[\u0600-\u06ff]", heading)] == []
