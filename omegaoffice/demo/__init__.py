"""A demonstration: people, their data, and the whole story walked through. Refused in production."""
