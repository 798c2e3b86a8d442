"""`manage.py demo`: the whole story on a machine of its own, with a real worker; then the log verifies."""

import re
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.running.whole_office import bare_environment, manage

pytestmark = pytest.mark.worker


def test_the_story_is_told_to_its_end_again_and_again_and_the_log_verifies(tmp_path):
    environment = bare_environment(tmp_path / "var")
    manage(environment, "demo")
    told = manage(environment, "demo")
    receipt, package, checkpoint = (Path(line.strip()) for line in told.splitlines()[-3:])
    assert package.name.endswith("-000002.zip")
    with zipfile.ZipFile(package) as archive:
        assert {"index.html", "manifest.json"} <= set(archive.namelist())
    size = int(re.search(r"size (\d+)", manage(environment, "audit_verify"))[1])
    assert size >= int(checkpoint.read_text().splitlines()[1])
    assert receipt.read_text().startswith("c2sp.org/tlog-proof@v1\n")


def test_production_has_no_story(settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="development only"):
        call_command("demo")
