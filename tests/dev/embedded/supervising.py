"""A process of its own that supervises: `supervising.py GRACE NAME SCRIPT …`, each script a Python text."""

import sys

from omegaoffice.dev.embedded.supervisor import Child, supervise

if __name__ == "__main__":
    grace, *pairs = sys.argv[1:]
    children = [
        Child(name, [sys.executable, "-c", script], env={"OFFICE_CHILD": name})
        for name, script in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    sys.exit(supervise(children, grace=float(grace)))
