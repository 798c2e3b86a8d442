"""A process of its own that runs or joins the servers: `holder.py ROOT FLAG…`; a line on stdin ends it.

Flags: `own`; `failing` (the block ends with an exit code); `unleashed` (the servers outlive it); `guarded` (unleashed,
with the guard of systems whose kernel has no leash).
"""

import json
import os
import sys
from pathlib import Path

from omegaoffice.embedded import leash
from omegaoffice.embedded.cluster import servers

if __name__ == "__main__":
    root, *flags = sys.argv[1:]
    if {"unleashed", "guarded"} & set(flags):
        leash.KERNEL_LEASHES = "guarded" not in flags
        leashed = leash.Runner.command
        leash.Runner.command = lambda *given: [
            part for part in leashed(*given) if part not in {"--pdeathsig", "INT", "TERM"}
        ]
    with servers(Path(root), fsync=False, own="own" in flags) as running:
        sys.stdout.write(json.dumps({"pid": os.getpid(), "owned": sorted(running.owned)}) + "\n")
        sys.stdout.flush()
        sys.stdin.readline()
        if "failing" in flags:
            sys.exit(3)
