"""The Django project: it puts the apps together and has no rules of its own."""

import sys
from pathlib import Path

# `requests/` is a source root without __init__.py: its apps are imported as rights, humanaccess, audit, vault,
# and at the end of the path it can never win over the HTTP library of the same name.
_ROOT = str(Path(__file__).resolve().parent.parent / "requests")
if _ROOT not in sys.path:
    sys.path.append(_ROOT)
