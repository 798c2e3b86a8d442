"""A process of its own that runs or joins the servers: `holder.py ROOT [own]`; a line on stdin ends it."""

import json
import os
import sys
from pathlib import Path

from omegaoffice.embedded.cluster import servers

if __name__ == "__main__":
    root, *flags = sys.argv[1:]
    with servers(Path(root), fsync=False, own="own" in flags) as running:
        sys.stdout.write(json.dumps({"pid": os.getpid(), "owned": sorted(running.owned)}) + "\n")
        sys.stdout.flush()
        sys.stdin.readline()
