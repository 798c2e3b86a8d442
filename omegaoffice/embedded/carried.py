"""A copy of a wheel's binaries for a server user who cannot pass the folders above the environment."""

import shutil
from pathlib import Path

# Headers, static libraries and documentation are not needed to run.
_SKIPPED = shutil.ignore_patterns("include", "*.a", "doc", "man", "pkgconfig", "__pycache__")


def carried(binaries: Path, package: str, home: Path) -> Path:
    """Return the copy of `binaries`, a folder of the wheel's `package`, in `home`; make it if due."""
    site = next(folder.parent for folder in binaries.parents if folder.name == package)
    place = home / "binaries"
    stamp = place / "taken-from"
    wanted = f"{binaries} {binaries.stat().st_mtime_ns}"
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(place, ignore_errors=True)
        # The folders keep their distance: the binaries look for the wheel's libraries beside the package.
        for folder in (binaries, site / f"{package}.libs"):
            if folder.is_dir():
                shutil.copytree(folder, place / folder.relative_to(site), symlinks=True, ignore=_SKIPPED)
        stamp.write_text(wanted)
    return place / binaries.relative_to(site)
