"""What somebody has who stole a role's password: a connection of their own and statements by hand."""

import pytest

from tests.humanaccess.conftest import (  # noqa: F401  fixtures
    agreed,
    approved,
    approver,
    engineer,
    lines,
    make_request,
    now,
    officer,
    shown,
    support,
)
from tests.rights.conftest import file_request  # noqa: F401  a fixture
from tests.stolen.thief import Thief


@pytest.fixture
def steal(office):
    """Open a connection of one's own as a role: `steal("office_staff")`."""
    opened = []

    def open_as(role):
        opened.append(Thief(role))
        return opened[-1]

    yield open_as
    for thief in opened:
        thief.connection.close()
