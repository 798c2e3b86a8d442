"""Services of the terms."""

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
    review_processor as review_processor,
)
from .retention import sweep_and_measure as sweep_and_measure
