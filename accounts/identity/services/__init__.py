"""Every write of identity."""

from .accept_invitation import accept_invitation as accept_invitation
from .accept_invitation import find_invitation as find_invitation
from .bootstrap_administrator import bootstrap_administrator as bootstrap_administrator
from .cancel_invitation import cancel_invitation as cancel_invitation
from .change_profile import change_profile as change_profile
from .confirm_presence import pass_step_up as pass_step_up
from .confirm_presence import refuse_step_up as refuse_step_up
from .confirm_role import confirm_role as confirm_role
from .end_role import end_role as end_role
from .end_sessions import end_sessions as end_sessions
from .forget_person import ForgetPerson as ForgetPerson
from .give_role import give_role as give_role
from .invite_staff import invite_staff as invite_staff
from .leave_staff import leave_staff as leave_staff
from .note_sign_in import note_account_created as note_account_created
from .note_sign_in import note_email as note_email
from .note_sign_in import note_factor as note_factor
from .note_sign_in import note_password as note_password
from .note_sign_in import note_provider as note_provider
from .note_sign_in import note_sign_in as note_sign_in
from .note_sign_in import refuse_sign_in as refuse_sign_in
from .reseal_secrets import reseal_factors as reseal_factors
from .reseal_secrets import reseal_sessions as reseal_sessions
from .show_people import show_people as show_people
from .suspend_staff import reinstate_staff as reinstate_staff
from .suspend_staff import suspend_staff as suspend_staff
