"""Services of the terms."""

from .acceptance import (
    accept_at_sign_up as accept_at_sign_up,
    accept_version as accept_version,
    close_band as close_band,
    continue_by_activity as continue_by_activity,
    continue_use as continue_use,
)
from .announcements import (
    change_announcement as change_announcement,
    discard_announcement as discard_announcement,
    letter_context as letter_context,
    letter_kind as letter_kind,
    release_announcement as release_announcement,
    send_announcement as send_announcement,
    sweep_announcements as sweep_announcements,
    write_announcement as write_announcement,
)
from .policy import (
    change_version as change_version,
    discard_version as discard_version,
    import_first_version as import_first_version,
    publish_version as publish_version,
    write_version as write_version,
)
from .processors import (
    FACTS as FACTS,
    add_processor as add_processor,
    change_processor as change_processor,
    end_processor as end_processor,
    keep_processor as keep_processor,
    review_processor as review_processor,
    sweep_processors as sweep_processors,
)
from .retention import sweep_and_measure as sweep_and_measure
