"""Record that a package, or what the log says of a person, is downloaded, before anything of it is read."""

from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.log.append import append
from cases.log_case import log_case
from core import db
from core.http_range import ByteRange
from rights import events
from rights.errors import PackageGoneError
from rights.models import Package
from rights.selectors import get_recent_download


def record_download(user: User, reference: str, *, wanted: ByteRange, now: datetime) -> tuple[Package, UUID]:
    """Count and log one download; return the package and the committed entry that authorises reading it.

    A partial range belongs to the recent download, where there is one: a download is counted and logged once, however
    many ranges it takes. Raises Package.DoesNotExist for anybody else's, PackageGoneError when it is not (or no longer)
    offered.
    """
    with db.row_security_for(user.reference):
        # Requests for ranges at the same time wait here for each other: one of them begins the download.
        packages = Package.objects.select_for_update(of=("self",)).select_related("request")
        package = packages.get(subject=user.reference, request__reference=reference)
        if not package.is_offered(now):
            raise PackageGoneError("package", _("This package has expired. File a new request to get a fresh one."))
        if wanted.partial and (begun := get_recent_download(user.reference, reference, now)) is not None:
            return package, begun.id
        Package.objects.filter(pk=package.pk).update(downloads=F("downloads") + 1)
        entry = log_case(
            events.PACKAGE_DOWNLOADED,
            package.request,
            actor=actor_of(user),
            now=now,
            package=str(package.pk),
            first=wanted.first,
            last=wanted.stop - 1,
        )
    return package, entry


def record_log_download(user: User, *, file: str, now: datetime) -> UUID:
    """Log that a person downloads entries about them; return the committed entry, which the file ends before."""
    with db.atomic():
        payload = {"file": file}
        return append(events.LOG_DOWNLOADED, actor=actor_of(user), subject=user.reference, now=now, payload=payload)
