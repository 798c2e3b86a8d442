"""What bench/log.py is made of: a scratch office, writers in processes of their own, rounds, goals."""
