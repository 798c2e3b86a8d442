"""Every write of a legal process."""

from .notice import delay_notice as delay_notice
from .notice import give_notice as give_notice
from .notice import tell_due as tell_due
from .process import agree_scope as agree_scope
from .process import challenge_process as challenge_process
from .process import close_process as close_process
from .process import produce_data as produce_data
from .process import reject_process as reject_process
from .process import settle_challenge as settle_challenge
from .receive import receive_process as receive_process
from .show import download_document as download_document
from .show import open_texts as open_texts
