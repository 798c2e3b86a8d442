"""Letters to a user: one row, shown in the settings pages, mailed too."""
