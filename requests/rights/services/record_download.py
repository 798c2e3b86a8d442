"""Record a download, before its first byte is read."""

from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.services import append
from rights import events
from rights.errors import PackageGoneError
from rights.models import Package
from rights.selectors import get_recent_download


def record_download(
    user: User, reference: str, *, first: int, last: int, now: datetime, partial: bool = False
) -> tuple[Package, UUID]:
    """Count and log one download of bytes `first` to `last`; return the package and the committed line to read under.

    A `partial` request belongs to the recent download, where there is one: a download is counted and logged once,
    however many ranges it takes. Raises Package.DoesNotExist for anybody else's, PackageGoneError when it is not (or
    no longer) offered.
    """
    with sides.as_subject(user.reference):
        # Ranges that are asked for at once wait here for each other: one of them begins the download.
        held = Package.objects.select_for_update(of=("self",))
        package = held.get(subject=user.reference, request__reference=reference)
        if not package.is_offered(now):
            raise PackageGoneError("package", _("This package has expired. File a new request to get a fresh one."))
        if partial and (begun := get_recent_download(user.reference, reference, now)) is not None:
            return package, begun.id
        Package.objects.filter(pk=package.pk).update(downloads=F("downloads") + 1)
        entry = append(
            events.PACKAGE_DOWNLOADED,
            actor=actor_of(user),
            subject=user.reference,
            now=now,
            payload={"case": reference, "package": str(package.pk), "first": first, "last": last},
        )
    return package, entry
