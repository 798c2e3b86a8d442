"""The transparency log: append, sequence, prove, export, verify."""
