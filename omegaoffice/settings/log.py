"""Where signed checkpoints go: places outside the database, witnesses, a time-stamping authority."""

from omegaoffice.environment import env

#: a bucket for signed checkpoints, as in STORAGE_URL; other keys than the office's own, or it proves little
AUDIT_CHECKPOINT_BUCKET: str = env.str("AUDIT_CHECKPOINT_BUCKET", default="")
#: an address outside the house that gets the signed head, once an hour at most
AUDIT_CHECKPOINT_MAIL: str = env.str("AUDIT_CHECKPOINT_MAIL", default="")
#: witnesses (c2sp.org/tlog-witness): a verifier key and its URL, a space between, and so on
OFFICE_WITNESSES: str = env.str("OFFICE_WITNESSES", default="")
#: an RFC 3161 authority, and the file of root certificates (PEM) that it must lead to
OFFICE_TSA_URL: str = env.str("OFFICE_TSA_URL", default="")
OFFICE_TSA_ROOTS: str = env.str("OFFICE_TSA_ROOTS", default="")
#: whether witnesses and the authority may be on private addresses and plain http: for a laboratory
AUDIT_PRIVATE_ADDRESSES: bool = env.bool("AUDIT_PRIVATE_ADDRESSES", default=False)
#: in a rotation: the seed of the log's next key, which then signs beside OFFICE_LOG_KEY
OFFICE_LOG_NEXT_KEY: str = env.str("OFFICE_LOG_NEXT_KEY", default="")
