"""Every write of human access."""

from .answer import agree_to_request as agree_to_request, refuse_approval as refuse_approval
from .break_glass import break_glass as break_glass
from .decide import approve_request as approve_request, decline_request as decline_request
from .draw_samples import draw_samples as draw_samples
from .end import (
    close_grant as close_grant,
    end_grants_of_ended_apps as end_grants_of_ended_apps,
    end_grants_of_process as end_grants_of_process,
    end_grants_of_staff as end_grants_of_staff,
    end_grants_on_google_data as end_grants_on_google_data,
    end_grants_without_factor as end_grants_without_factor,
    revoke_grant as revoke_grant,
)
from .expire import expire_grants as expire_grants, expire_requests as expire_requests, remove_codes as remove_codes
from .forget_access import ForgetAccess as ForgetAccess
from .listing import (
    Bookmark as Bookmark,
    list_apps as list_apps,
    list_items as list_items,
    search_items as search_items,
)
from .read_item import ReadResult as ReadResult, read_item as read_item
from .redeem_code import redeem_code as redeem_code
from .request_approval import (
    REASON_LENGTH as REASON_LENGTH,
    cancel_request as cancel_request,
    check_request as check_request,
    request_approval as request_approval,
)
from .review import review_grant as review_grant, review_run as review_run, settle_follow_up as settle_follow_up
from .run_aggregate import run_aggregate as run_aggregate
from .show import (
    OwnItem as OwnItem,
    open_own_names as open_own_names,
    open_reasons as open_reasons,
    record_list_opened as record_list_opened,
    show_request_to_owner as show_request_to_owner,
    show_request_to_staff as show_request_to_staff,
)
