"""Every write of human access."""

from .answer import agree_to_request as agree_to_request
from .answer import refuse_approval as refuse_approval
from .decide import approve_request as approve_request
from .decide import decline_request as decline_request
from .decide import review_grant as review_grant
from .end import close_grant as close_grant
from .end import end_grants_of_staff as end_grants_of_staff
from .end import revoke_grant as revoke_grant
from .expire import expire_grants as expire_grants
from .expire import expire_requests as expire_requests
from .forget_access import ForgetAccess as ForgetAccess
from .listing import list_apps as list_apps
from .listing import list_items as list_items
from .read_item import ReadResult as ReadResult
from .read_item import read_item as read_item
from .request_approval import REASON_LENGTH as REASON_LENGTH
from .request_approval import cancel_request as cancel_request
from .request_approval import check_request as check_request
from .request_approval import request_approval as request_approval
from .run_aggregate import run_aggregate as run_aggregate
from .show import OwnItem as OwnItem
from .show import open_own_names as open_own_names
from .show import open_reasons as open_reasons
from .show import record_list_opened as record_list_opened
from .show import show_request_to_owner as show_request_to_owner
from .show import show_request_to_staff as show_request_to_staff
