"""The log: append, sequence, prove, export, verify."""
