"""Every write to rights requests, one verb a file."""

from rights.fulfilment.exclude_step import exclude_step as exclude_step
from rights.fulfilment.expire_packages import expire_packages as expire_packages
from rights.fulfilment.retry_step import retry_step as retry_step
from rights.fulfilment.run_step import run_step as run_step
from rights.fulfilment.start_request import start_request as start_request
from rights.fulfilment.sweep_steps import sweep_steps as sweep_steps

from .add_note import add_note as add_note
from .approve_delivery import approve_delivery as approve_delivery
from .receive_request import receive_request as receive_request
from .record_download import record_download as record_download
from .record_refusal import record_refusal as record_refusal
from .record_showing import record_showing as record_showing
from .refuse_request import refuse_request as refuse_request
from .release_requests import release_requests as release_requests
from .take_request import take_request as take_request
from .withdraw_request import withdraw_request as withdraw_request
