"""A process of its own that runs or joins the servers: `holder.py ROOT FLAG…`; a line on stdin ends it.

Flags: `own`; `failing` (the block ends with an exit code).
"""

import json
import os
import sys
from pathlib import Path

from omegaoffice.dev.local_servers import servers

if __name__ == "__main__":
    root, *flags = sys.argv[1:]
    with servers(Path(root), fsync=False, own="own" in flags) as running:
        sys.stdout.write(json.dumps({"pid": os.getpid(), "owned": sorted(running.owned)}) + "\n")
        sys.stdout.flush()
        sys.stdin.readline()
        if "failing" in flags:
            sys.exit(3)
