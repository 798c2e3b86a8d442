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


def record_download(user: User, reference: str, *, first: int, last: int, now: datetime) -> tuple[Package, UUID]:
    """Count and log one download of bytes `first` to `last`; return the package and the committed line to read under.

    Raises Package.DoesNotExist for anybody else's, PackageGoneError when it is not (or no longer) offered.
    """
    with sides.as_subject(user.reference):
        package = Package.objects.get(subject=user.reference, request__reference=reference)
        counted = Package.objects.filter(pk=package.pk, removed_at__isnull=True, expires_at__gt=now).update(
            downloads=F("downloads") + 1
        )
        if not counted:
            raise PackageGoneError("package", _("This package has expired. File a new request to get a fresh one."))
        entry = append(
            events.PACKAGE_DOWNLOADED,
            actor=actor_of(user),
            subject=user.reference,
            now=now,
            payload={"case": reference, "package": str(package.pk), "first": first, "last": last},
        )
    return package, entry
