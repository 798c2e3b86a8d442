"""Every end of a grant, in one table. Importing it has each announcement end grants.

Each ends them in the transaction of what happened, with an entry `humanaccess.grant.ended`, and tells the user. No read
waits for it: `read_item` and the database check grant, window, role and second factor again.
"""

from accounts.connections.announcements import grant_wiped
from accounts.identity.announcements import register_account_closing, register_role_ended, register_staff_left
from accounts.workloads.announcements import app_ended
from audit.erasure.participants import register_erasure_participant

from . import services

_forget = services.ForgetAccess()
register_erasure_participant(_forget)
#: what ends grants → the service that does it
ENDS = {
    "window_over": services.expire_grants,
    "ended_by_user": services.revoke_grant,
    "ended_by_staff": services.revoke_grant,
    "given_back": services.close_grant,
    "factor_lost": services.end_grants_without_factor,
    "role_ended": register_role_ended(services.end_grants_of_staff),
    "staff_left": register_staff_left(services.end_grants_of_staff),
    "account_closing": register_account_closing(_forget.forget),
    "subject_erased": _forget.forget,
    "process_closed": services.end_grants_of_process,
    "app_ended": app_ended.register(services.end_grants_of_ended_apps),
    "google_ended": grant_wiped.register(services.end_grants_on_google_data),
}
