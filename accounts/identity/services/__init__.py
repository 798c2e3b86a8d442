"""Every write of identity."""

from .change_profile import change_profile as change_profile
from .confirm_presence import pass_step_up as pass_step_up
from .confirm_presence import refuse_step_up as refuse_step_up
from .end_sessions import end_sessions as end_sessions
from .note_sign_in import note_account_created as note_account_created
from .note_sign_in import note_email as note_email
from .note_sign_in import note_factor as note_factor
from .note_sign_in import note_password as note_password
from .note_sign_in import note_provider as note_provider
from .note_sign_in import note_sign_in as note_sign_in
from .note_sign_in import refuse_sign_in as refuse_sign_in
