"""Each mutant is killed by the tests that it names, and still applies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.declared import MUTANTS

ROOT = Path(__file__).resolve().parent.parent.parent
_KILLED, _SURVIVED = 1, 0


@pytest.mark.long
@pytest.mark.mutants
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_suite_notices(mutant):
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "tests.mutants.plugin"]
    command += ["-m", "not long and not browser and not worker", *mutant.suite]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "OFFICE_MUTANT": mutant.name},
        capture_output=True,
        text=True,
        check=False,
    )
    said = "\n".join(done.stdout.splitlines()[-15:])
    assert done.returncode != _SURVIVED, f"survived {', '.join(mutant.suite)}\n{said}"
    assert done.returncode == _KILLED, f"was not judged\n{said}\n{done.stderr[-500:]}"
    assert " failed" in said, said


def test_the_mutants_have_names_of_their_own():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
