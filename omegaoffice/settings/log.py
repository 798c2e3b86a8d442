"""Where signed checkpoints go: destinations outside the database, witnesses, a time-stamping authority."""

from omegaoffice.environment import env

#: a bucket for signed checkpoints, in the format of STORAGE_URL; with the same keys as STORAGE_URL it proves little
AUDIT_CHECKPOINT_BUCKET: str = env.str("AUDIT_CHECKPOINT_BUCKET", default="")
#: somebody else's mail address that gets the signed checkpoint, once an hour at most
AUDIT_CHECKPOINT_MAIL: str = env.str("AUDIT_CHECKPOINT_MAIL", default="")
#: witnesses (c2sp.org/tlog-witness): pairs of a verifier key and a URL, space separated
OFFICE_WITNESSES: str = env.str("OFFICE_WITNESSES", default="")
#: an RFC 3161 authority, and the file of root certificates (PEM) that it must chain to
OFFICE_TSA_URL: str = env.str("OFFICE_TSA_URL", default="")
OFFICE_TSA_ROOTS: str = env.str("OFFICE_TSA_ROOTS", default="")
#: whether witnesses and the authority may be on private addresses and plain http, for tests
AUDIT_PRIVATE_ADDRESSES: bool = env.bool("AUDIT_PRIVATE_ADDRESSES", default=False)
#: during a rotation: the seed of the log's next key, which signs together with OFFICE_LOG_KEY
OFFICE_LOG_NEXT_KEY: str = env.str("OFFICE_LOG_NEXT_KEY", default="")
