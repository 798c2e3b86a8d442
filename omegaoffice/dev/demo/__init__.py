"""The demonstration: people, their data, and a walkthrough of the office. Refused in production."""
