"""Services of identity."""

from .change_profile import change_profile as change_profile
from .close_account import close_account as close_account
from .correct_account import (
    clean_account_value as clean_account_value,
    correct_account as correct_account,
    tell_old_address as tell_old_address,
)
from .end_sessions import end_all_sessions as end_all_sessions, end_sessions as end_sessions
from .forget_person import ForgetPerson as ForgetPerson, erase_part as erase_part
from .invitations import (
    accept_invitation as accept_invitation,
    bootstrap_administrators as bootstrap_administrators,
    cancel_invitation as cancel_invitation,
    find_invitation as find_invitation,
    invite_staff as invite_staff,
)
from .membership import leave_staff as leave_staff, reinstate_staff as reinstate_staff, suspend_staff as suspend_staff
from .pending_change import (
    carry_out_change as carry_out_change,
    confirm_change as confirm_change,
    sweep_changes as sweep_changes,
    withdraw_change as withdraw_change,
)
from .record_sign_in import (
    record_account_created as record_account_created,
    record_email as record_email,
    record_factor as record_factor,
    record_password as record_password,
    record_provider as record_provider,
    record_sign_in as record_sign_in,
    record_step_up as record_step_up,
    refuse_sign_in as refuse_sign_in,
    refuse_step_up as refuse_step_up,
)
from .reencrypt_secrets import reencrypt_factors as reencrypt_factors, reencrypt_sessions as reencrypt_sessions
from .role_assignments import confirm_role as confirm_role, end_role as end_role, give_role as give_role
from .show_to_staff import ShownTotal as ShownTotal, show_people as show_people, show_sums as show_sums
from .staff_mails import choose_work_mails as choose_work_mails, mail_staff as mail_staff
from .user_tokens import (
    count_old_tokens as count_old_tokens,
    end_user_tokens as end_user_tokens,
    list_user_tokens as list_user_tokens,
    make_user_token as make_user_token,
    open_scopes as open_scopes,
    remove_old_tokens as remove_old_tokens,
    revoke_user_token as revoke_user_token,
)
