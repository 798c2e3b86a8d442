"""Each mutant is killed by the tests that it names, and still applies."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.declared import MUTANTS

ROOT = Path(__file__).resolve().parent.parent.parent
_PASSED, _FAILED = 0, 1


def run(name, suite):
    """Run tests with a mutant, or with none: its exit code, the end of its output, how often it was applied."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "tests.mutants.plugin"]
    command += ["-m", "not long and not browser and not worker", *suite]
    done = subprocess.run(
        command,
        cwd=ROOT,
        # As a worker of this very run, whose servers and template are there.
        env={"PYTEST_XDIST_WORKER": "gw0", **os.environ, "OFFICE_MUTANT": name},
        capture_output=True,
        text=True,
        check=False,
    )
    applied = re.search(r"^applied (\d+) times$", done.stdout, re.MULTILINE)
    output = "\n".join([*done.stdout.splitlines()[-15:], done.stderr[-500:]])
    return done.returncode, output, int(applied[1]) if applied else 0


@pytest.mark.long
@pytest.mark.mutants
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_suite_notices(mutant):
    code, output, applied = run(mutant.name, mutant.suite)
    assert applied, f"does not apply\n{output}"
    assert code != _PASSED, f"survived {', '.join(mutant.suite)}\n{output}"
    assert code == _FAILED, f"was not judged\n{output}"
    # An error outside a test, in what a fixture prepares, is no test that noticed.
    assert re.search(r"^1 failed\b", output, re.MULTILINE), f"no test failed\n{output}"


@pytest.mark.long
@pytest.mark.mutants
def test_the_same_tests_pass_without_a_mutant():
    code, output, applied = run("", sorted({test for mutant in MUTANTS for test in mutant.suite}))
    assert (code, applied) == (_PASSED, 0), output


def test_the_mutants_have_names_of_their_own():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
