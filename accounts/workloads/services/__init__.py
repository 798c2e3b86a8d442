"""Services of the workloads."""

from .ended_apps import end_app as end_app, erase_app as erase_app, sweep_ended_apps as sweep_ended_apps
from .ingest_stream import ingest_stream as ingest_stream
from .orders import (
    answer_order as answer_order,
    fetch_orders as fetch_orders,
    make_order as make_order,
    settle_order as settle_order,
    sweep_orders as sweep_orders,
)
from .pseudonyms import get_pseudonym as get_pseudonym
from .tokens import make_token as make_token, revoke_token as revoke_token
