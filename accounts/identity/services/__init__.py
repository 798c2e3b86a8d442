"""Every write of identity."""

from .confirm_presence import pass_step_up as pass_step_up
from .confirm_presence import refuse_step_up as refuse_step_up
