"""Every end of a grant, in one registry. Importing it has each announcement end grants.

Each ends them in the transaction of what happened, with an entry `humanaccess.grant.ended`, and tells the user. No read
waits for it: `read_item` and the database check grant, window, role and second factor again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.identity.announcements import register_account_closing, register_role_ended, register_staff_left
from accounts.workloads.announcements import app_ended
from audit.erasure.participants import register_erasure_participant
from core.registry import Registry

from . import services


@dataclass(frozen=True)
class End:
    """One way in which grants end: what tells of it, and the service that ends them."""

    name: str
    told_by: str
    service: Callable[..., object]


_ends = Registry[End]("End of grants")
declare_end = _ends.declaring(End)
ends = _ends.listed
_forget = services.ForgetAccess()

declare_end("window_over", "the sweep", services.expire_grants)
declare_end("ended_by_user", "the user's page", services.revoke_grant)
declare_end("ended_by_staff", "the staff console", services.revoke_grant)
declare_end("given_back", "the staff console", services.close_grant)
declare_end("factor_lost", "the sweep", services.end_grants_without_factor)
declare_end("role_ended", "identity", register_role_ended(services.end_grants_of_staff))
declare_end("staff_left", "identity", register_staff_left(services.end_grants_of_staff))
declare_end("account_closing", "identity", register_account_closing(_forget.forget))
declare_end("subject_erased", "the log", _forget.forget)
declare_end("process_closed", "a legal process", services.end_grants_of_process)
declare_end("app_ended", "workloads", app_ended.register(services.end_grants_of_ended_apps))
register_erasure_participant(_forget)
