"""Erase what a person's requests hold: packages and parts with their files, notes and questions."""

from django.db.models import Q

from accounts.personaldata.erase import erase_rows
from core.encrypted_files import delete_file
from rights.models import Evidence, Package, RightsRequest, Step
from rights.schema_sql import ERASED
from rights.states import OUTSIDE

from .steps import clear_files


def erase_requests(reference: str) -> int:
    """Delete the files, then the rows; return how many rows. The requests and their steps stay, without content.

    A step that is running finds its request closed, and removes what it stored since.
    """
    for package in Package.objects.filter(subject=reference).only("name").iterator():
        delete_file(package.name)
    for file in Evidence.objects.filter(subject=reference).only("name").iterator():
        delete_file(file.name)
    worked = Step.objects.filter(subject=reference).exclude(
        ~Q(verb__in=OUTSIDE), part="", part_key=None, lease_owner=""
    )
    for step in worked.defer("part_key").iterator():
        clear_files(step)
    RightsRequest.objects.filter(subject=reference).exclude(details={}).update(details={})
    return erase_rows("rights_erase", *ERASED)(reference)
