"""Every write to rights requests."""

from rights.fulfilment.expire_packages import expire_packages as expire_packages
from rights.fulfilment.run_step import run_step as run_step
from rights.fulfilment.start_erasure import sign_off_deletion as sign_off_deletion
from rights.fulfilment.start_erasure import start_erasure as start_erasure
from rights.fulfilment.start_request import begin_request as begin_request
from rights.fulfilment.start_request import start_request as start_request
from rights.fulfilment.start_request import stop_request as stop_request
from rights.fulfilment.start_request import unbegin_request as unbegin_request
from rights.fulfilment.stuck_steps import exclude_step as exclude_step
from rights.fulfilment.stuck_steps import retry_step as retry_step
from rights.fulfilment.sweep_steps import sweep_steps as sweep_steps

from .attest_step import attest_step as attest_step
from .attest_step import open_evidence as open_evidence
from .forget_requests import ForgetRequests as ForgetRequests
from .legal_holds import lift_hold as lift_hold
from .legal_holds import place_hold as place_hold
from .legal_holds import show_hold as show_hold
from .officer_acts import add_note as add_note
from .officer_acts import approve_delivery as approve_delivery
from .officer_acts import assign_request as assign_request
from .officer_acts import package_expiry as package_expiry
from .officer_acts import refuse_request as refuse_request
from .officer_acts import release_request as release_request
from .officer_acts import release_requests as release_requests
from .officer_acts import take_request as take_request
from .questions import answer_question as answer_question
from .questions import end_questions as end_questions
from .questions import go_on_unanswered as go_on_unanswered
from .questions import may_pause as may_pause
from .questions import send_question as send_question
from .questions import show_questions as show_questions
from .record_access import record_download as record_download
from .show_pseudonym import show_pseudonym as show_pseudonym
from .user_acts import receive_request as receive_request
from .user_acts import withdraw_request as withdraw_request
