"""Every write of a legal process."""

from .notice import delay_notice as delay_notice, give_notice as give_notice, tell_due as tell_due
from .process import (
    agree_scope as agree_scope,
    challenge_process as challenge_process,
    close_process as close_process,
    produce_data as produce_data,
    reject_process as reject_process,
    settle_challenge as settle_challenge,
)
from .receive import receive_process as receive_process
from .show import download_document as download_document, open_texts as open_texts
