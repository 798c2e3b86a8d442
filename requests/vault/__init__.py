"""One key per data subject: sealed fields, rotation, shredding."""
