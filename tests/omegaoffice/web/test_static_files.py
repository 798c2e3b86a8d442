"""One style sheet a page, and every static file under a name with the hash of its content."""

import hashlib
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from django.core.management import call_command
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from omegaoffice.web import static_files

ASSET = re.compile(r'(?:<link rel="stylesheet" href|<script src)="([^"]+)"')


def test_a_page_loads_one_sheet_and_hashed_files_that_caches_may_keep(office, client: Client) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert page.count('rel="stylesheet"') == 1
    for address in ASSET.findall(page):
        response = client.get(address)
        content = b"".join(response.streaming_content)
        assert hashlib.sha256(content).hexdigest()[:12] in address, address
        assert "immutable" in response["Cache-Control"]
        response.close()
    sheet = "office/" + ASSET.findall(page)[1].rpartition("/")[2]
    text = Path(find(sheet)).read_text()
    for source in static_files.SHEETS["office/office.css"]:
        assert Path(find(f"office/{source}.css")).read_text() in text
    assert client.get("/static/office/office.000000000000.css").status_code == 404


def test_the_page_of_a_broken_server_has_its_sheet(client: Client) -> None:
    text = get_template("500.html").render()
    assert ASSET.findall(text) == ["/static/office/office.css"]
    response = client.get("/static/office/office.css")
    assert response.status_code == 200
    response.close()


def test_a_changed_source_changes_the_sheet_and_its_name(monkeypatch, tmp_path, settings) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    monkeypatch.setattr(static_files, "_SOURCES", tmp_path)
    monkeypatch.setattr(static_files, "SHEETS", {"office/office.css": ("one", "two")})
    static_files._hashed_name.cache_clear()
    (tmp_path / "one.css").write_text("a {}")
    (tmp_path / "two.css").write_text("b {}")
    before = static_files.hashed_name("office/office.css")
    assert Path(find(before)).read_text() == "a {}\nb {}"
    (tmp_path / "two.css").write_text("c {}")
    static_files._hashed_name.cache_clear()
    after = static_files.hashed_name("office/office.css")
    assert Path(find(after)).read_text() == "a {}\nc {}"
    assert after != before
    assert not find(before)


@pytest.mark.parametrize("sheet", static_files.SHEETS)
def test_production_collects_the_built_sheets_under_hashed_names(settings, tmp_path, sheet: str) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    stem = Path(sheet).stem
    assert (tmp_path / "static" / sheet).exists()
    assert [path.name for path in (tmp_path / "static" / "office").glob(f"{stem}.*.css")] != []
