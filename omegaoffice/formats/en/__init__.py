"""Formats of dates and numbers where Django's are incomplete."""
