"""verify.py on bundles that the office really made: whole, with disclosures, and with any bit of them turned."""

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from audit.log.append import append
from audit.search.filters import Filter
from audit.tree import checkpoints
from core import db
from tests.audit.exports import bundles
from tests.audit.exports.bundle_builder import unpacked
from tests.audit.exports.test_verify_script import run, run_alone


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    bundles.prepare(settings, tmp_path, monkeypatch)


@pytest.fixture
def key(office):
    return checkpoints.verifiers()[0].encode()


@pytest.fixture
def export(office, now):
    """Two stretches of entries, about one case and another, one with personal fields; the second is exported."""
    bundles.add(20, now, case=bundles.OTHER_CASE)
    bundles.export_files(now)
    with db.use_role("staff"), db.atomic():
        personal = {"staff_name": "Omar", "both": "=seen"}
        append(
            bundles.NAMED,
            actor=bundles.AUDITOR,
            subject="b" * 32,
            now=now,
            payload={"case": bundles.CASE},
            personal=personal,
        )
    bundles.add(9, now)
    export = bundles.ask(now, Filter(case=bundles.CASE), disclose_staff=True)
    assert bundles.run(export, now)
    return bundles.fresh(export)


def test_the_archive_as_it_is_downloaded_agrees(export, key, now, tmp_path):
    path = tmp_path / "download"
    path.write_bytes(bundles.fetch(export, now))
    done = run_alone("-W", "error", bundles.VERIFY, path, "--key", key)
    assert (done.returncode, done.stderr) == (0, "")
    assert " disclosures" in done.stdout
    assert "each fits the filter (case = RR-2026-000123)" in done.stdout
    assert "none: every leaf index of the range has its entry" in done.stdout
    assert "is its beginning" in done.stdout


def test_any_turned_bit_of_what_the_office_made_is_found(export, key, now, tmp_path):
    files = bundles.unpack(bundles.fetch(export, now))
    assert export.disclosures > 0
    folder = unpacked(tmp_path / "bundle", files)
    assert run(folder, key=key)[0] == 0
    names = sorted(name for name in files if name != "verify.py")

    @settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def turned_bits_are_found(data):
        name = data.draw(st.sampled_from(names))
        bit = data.draw(st.integers(0, len(files[name]) * 8 - 1))
        turned = bytearray(files[name])
        turned[bit // 8] ^= 1 << bit % 8
        (folder / name).write_bytes(turned)
        code, printed = run(folder, key=key)
        (folder / name).write_bytes(files[name])
        assert code in {1, 2}
        assert "failed on it" not in printed

    turned_bits_are_found()
    assert run(folder, key=key)[0] == 0


def test_the_key_of_another_office_vouches_for_nothing(export, now, tmp_path):
    path = tmp_path / "download"
    path.write_bytes(bundles.fetch(export, now))
    code, printed = run(path)
    assert code == 2
    assert "is that the right key?" in printed
