"""Encrypt, decrypt, crypto-shred."""

from .destroy_key import (
    destroy_key as destroy_key,
    destroyed_among as destroyed_among,
    destroyed_at as destroyed_at,
    knows_subject as knows_subject,
    list_destroyed as list_destroyed,
)
from .encryption import Decryptor as Decryptor, decryptor as decryptor, encrypt as encrypt
from .machine_secrets import (
    decrypt_secret as decrypt_secret,
    encrypt_secret as encrypt_secret,
    reencrypt_secret as reencrypt_secret,
)
from .rotate_kek import count_by_kek as count_by_kek, missing_keks as missing_keks, rewrap_keys as rewrap_keys
from .subject_keys import CACHE_SECONDS as CACHE_SECONDS, forget_cached_keys as forget_cached_keys
