"""A key for each data subject: encrypted fields, key rotation, crypto-shredding."""
