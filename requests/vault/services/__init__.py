"""Encrypt, decrypt, crypto-shred."""

from .destroy_key import destroy_key as destroy_key
from .destroy_key import destroyed_among as destroyed_among
from .destroy_key import destroyed_at as destroyed_at
from .destroy_key import knows_subject as knows_subject
from .destroy_key import list_destroyed as list_destroyed
from .encryption import Decryptor as Decryptor
from .encryption import decryptor as decryptor
from .encryption import encrypt as encrypt
from .machine_secrets import decrypt_secret as decrypt_secret
from .machine_secrets import encrypt_secret as encrypt_secret
from .machine_secrets import reencrypt_secret as reencrypt_secret
from .rotate_kek import count_by_kek as count_by_kek
from .rotate_kek import missing_keks as missing_keks
from .rotate_kek import rewrap_keys as rewrap_keys
from .subject_keys import CACHE_SECONDS as CACHE_SECONDS
from .subject_keys import forget_cached_keys as forget_cached_keys
