"""Seal, unseal, shred."""

from .keys import CACHE_SECONDS as CACHE_SECONDS
from .keys import forget_cached_keys as forget_cached_keys
from .machine_secrets import open_secret as open_secret
from .machine_secrets import reseal_secret as reseal_secret
from .machine_secrets import seal_secret as seal_secret
from .rotate_kek import count_by_kek as count_by_kek
from .rotate_kek import missing_keks as missing_keks
from .rotate_kek import rewrap_keys as rewrap_keys
from .seal import Unsealer as Unsealer
from .seal import seal as seal
from .seal import unsealer as unsealer
from .shred_key import knows_subject as knows_subject
from .shred_key import list_shredded as list_shredded
from .shred_key import shred_key as shred_key
from .shred_key import shredded_among as shredded_among
from .shred_key import shredded_at as shredded_at
