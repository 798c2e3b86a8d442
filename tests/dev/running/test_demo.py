"""`manage.py demo` on a machine of its own, with a real worker; then the log verifies."""

import re
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.dev.running.whole_office import bare_environment, manage

pytestmark = pytest.mark.worker


@pytest.mark.long
def test_the_walkthrough_runs_twice_and_the_log_verifies(tmp_path):
    environment = bare_environment(tmp_path / "var")
    manage(environment, "demo")
    output = manage(environment, "demo")
    receipt, package, checkpoint = (Path(line.strip()) for line in output.splitlines()[-3:])
    assert package.name.endswith("-000002.zip")
    with zipfile.ZipFile(package) as archive:
        assert {"index.html", "manifest.json"} <= set(archive.namelist())
    size = int(re.search(r"size (\d+)", manage(environment, "audit_verify"))[1])
    assert size >= int(checkpoint.read_text().splitlines()[1])
    assert receipt.read_text().startswith("c2sp.org/tlog-proof@v1\n")


def test_production_has_no_walkthrough(settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="development only"):
        call_command("demo")
