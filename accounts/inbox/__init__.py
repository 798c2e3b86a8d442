"""Letters to a user: shown in the settings pages, and mailed."""
