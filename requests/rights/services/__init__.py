"""Every write to rights requests."""

from rights.fulfilment.expire_packages import expire_packages as expire_packages
from rights.fulfilment.run_step import run_step as run_step
from rights.fulfilment.start_erasure import sign_off_deletion as sign_off_deletion, start_erasure as start_erasure
from rights.fulfilment.start_request import (
    begin_request as begin_request,
    start_request as start_request,
    stop_request as stop_request,
    unbegin_request as unbegin_request,
)
from rights.fulfilment.stuck_steps import exclude_step as exclude_step, retry_step as retry_step
from rights.fulfilment.sweep_steps import sweep_steps as sweep_steps

from .attest_step import attest_step as attest_step, open_evidence as open_evidence
from .decide_correction import (
    approve_correction as approve_correction,
    close_correction as close_correction,
    decide_correction as decide_correction,
    describe_field as describe_field,
    letter_facts as letter_facts,
    open_corrections as open_corrections,
    open_filed_evidence as open_filed_evidence,
    show_corrections as show_corrections,
)
from .file_correction import (
    OwnValue as OwnValue,
    check_corrections as check_corrections,
    file_correction as file_correction,
    show_own_values as show_own_values,
)
from .forget_requests import ForgetRequests as ForgetRequests
from .legal_holds import lift_hold as lift_hold, place_hold as place_hold, show_hold as show_hold
from .marks import (
    end_mark as end_mark,
    grant_request as grant_request,
    lift_mark as lift_mark,
    lift_marks as lift_marks,
    marked_by as marked_by,
    place_mark as place_mark,
    titles_of as titles_of,
)
from .officer_acts import (
    add_note as add_note,
    approve_delivery as approve_delivery,
    assign_request as assign_request,
    package_expiry as package_expiry,
    refuse_request as refuse_request,
    release_request as release_request,
    release_requests as release_requests,
    take_request as take_request,
)
from .questions import (
    answer_question as answer_question,
    end_questions as end_questions,
    go_on_unanswered as go_on_unanswered,
    may_pause as may_pause,
    send_question as send_question,
    show_questions as show_questions,
)
from .record_access import record_download as record_download, record_log_download as record_log_download
from .show_pseudonym import show_pseudonym as show_pseudonym
from .user_acts import (
    draft_request as draft_request,
    identify_request as identify_request,
    receive_request as receive_request,
    withdraw_request as withdraw_request,
)
