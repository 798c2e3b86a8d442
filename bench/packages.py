"""What a package of a million records costs, beside psql's COPY of the same rows to a file.

    python bench/packages.py [--records 1000000] [--rounds 3] [--kind access] [--profile] [--keep] [--json]

One person has so many records of the platform's streams, taken in by the office itself. Each round makes the package by
the real steps, one after another as one worker does (every data category, then the ZIP, encrypted at rest, signed), and
copies the same rows, as they are stored, with psql; the two take turns at going first. Memory is the kernel's
high-water mark of the process that makes the package. The database is made in `var/bench` and dropped afterwards,
unless --keep. Beside it stands what is known of Fides, measured once elsewhere and never installed here.
"""

import argparse
import cProfile
import json
import os
import pstats
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from databases import scratch_office

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

GOAL, GOAL_MB = 0.08, 150
#: records, seconds and megabytes of the one access package of Fides that we know of
FIDES = {"records": 100_000, "seconds": 11.7, "peak_mb": 243}


def fill(records):
    """Make a person with so many records, in a process of its own, whose memory is not counted, and an officer."""
    from django.db import connections

    from accounts.identity.models import User

    connections.close_all()
    if not (child := os.fork()):
        _fill(records)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    return User.objects.get(username="layla"), User.objects.get(username="paula")


def _fill(records):
    from django.core.management import call_command
    from django.db import connections
    from django.utils import timezone

    from accounts.identity.models import RoleAssignment, User
    from accounts.identity.roles import Role
    from core import db

    with db.use_role("default"):
        person, officer = (
            User.objects.create(username=name, email=f"{name}@example.org", is_staff=name == "paula")
            for name in ("layla", "paula")
        )
    with db.use_role("owner"):
        now = timezone.now()
        by = {"given_by": "0" * 32, "confirmed_by": "0" * 32}
        at = {"given_at": now, "confirmed_at": now, "effective_at": now}
        RoleAssignment.objects.create(user=officer, role=Role.PRIVACY_OFFICER, **by, **at)
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as lines, Path(os.devnull).open("w") as silent:
        call_command("demo_data", lines.name, lines=records, broken=0, account=[person.pk], verbosity=0)
        call_command("ingest", lines.name, stdout=silent, stderr=silent)
    connections.close_all()


def peak(*, reset=False):
    """Return this process's high-water mark in megabytes, or set it to what is in use now."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def make(person, officer, kind):
    """Make one package; return seconds, of them of this process's processor and of assembling, peak and size."""
    from django.utils import timezone

    from core import db
    from rights import services
    from rights.models import Package, Step
    from rights.states import Kind

    with db.use_role("default"):
        request = services.receive_request(person, kind=Kind(kind), identified=True, now=timezone.now())
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=timezone.now())
        services.start_request(request.reference, actor=officer, now=timezone.now())
    peak(reset=True)
    before, busy = time.perf_counter(), time.process_time()
    with db.use_role("worker"):
        for step in list(Step.objects.filter(request=request).order_by("position")):
            began = time.perf_counter()
            assert services.run_step(step.pk, clock=timezone.now), Step.objects.get(pk=step.pk).last_error
        now, found = time.perf_counter(), {"peak_mb": round(peak()), "cpu": time.process_time() - busy}
        found |= {
            "seconds": now - before,
            "assembling": now - began,
            "bytes": Package.objects.get(request=request).size,
        }
    with db.use_role("staff"):
        services.approve_delivery(request.reference, actor=officer, now=timezone.now(), reviewed=True)
    return found


def copy(person):
    """Return the seconds in which psql copies the person's rows of every stream to a file."""
    from accounts.personaldata.stream_format import streams

    statements = [
        f"COPY (SELECT * FROM {stream.table} WHERE subject = '{person.reference}' ORDER BY {', '.join(stream.order)}) "
        "TO STDOUT"
        for stream in streams().values()
    ]
    from django.db import connections

    address = connections["owner"].settings_dict
    who = {"PGHOST": address["HOST"], "PGPORT": str(address["PORT"]), "PGUSER": address["USER"]}
    environment = os.environ | who | {"PGPASSWORD": address["PASSWORD"], "PGDATABASE": address["NAME"]}
    from omegaoffice.dev.local_servers import Postgres

    asked = [part for statement in statements for part in ("-c", statement)]
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        subprocess.run(
            [str(Postgres.binaries() / "bin" / "psql"), "-q", *asked], check=True, stdout=file, env=environment
        )
        return time.perf_counter() - began


def measure(options):
    """Return what each round gave."""
    person, officer = fill(options.records)
    rounds = []
    for n in range(options.rounds):
        first = copy(person) if n % 2 else None
        found = make(person, officer, options.kind)
        found["copy"] = first or copy(person)
        found["ratio"] = found["copy"] / found["seconds"]
        rounds.append(found)
        print(f"round {n + 1}: {found}", file=sys.stderr, flush=True)
    return rounds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kind", choices=["access", "portability"], default="access")
    parser.add_argument("--profile", action="store_true", help="print where the time of one package goes")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with scratch_office("office_packages", keep=options.keep):
        if options.profile:
            person, officer = fill(options.records)
            with cProfile.Profile() as profile:
                make(person, officer, options.kind)
            pstats.Stats(profile).sort_stats("tottime").print_stats(30)
            return
        rounds = measure(options)
    if options.json:
        about = {"records": options.records, "load_average": os.getloadavg(), "goal": GOAL, "fides": FIDES}
        print(json.dumps({**about, "rounds": rounds}, indent=1))
        return
    ratios = [found["ratio"] for found in rounds]
    rate = options.records / median(found["seconds"] for found in rounds)
    print(f"{options.records:,} records, load {os.getloadavg()[0]:.1f}: {rate:,.0f} records/s", end=", ")
    print(f"{median(ratios):.3f} of psql COPY ({min(ratios):.3f} to {max(ratios):.3f}), goal {GOAL};", end=" ")
    print(f"peak {max(found['peak_mb'] for found in rounds):.0f} MB, goal {GOAL_MB}")
    print(f"Fides: {FIDES['records'] / FIDES['seconds']:,.0f} records/s, peak {FIDES['peak_mb']} MB")


if __name__ == "__main__":
    main()
