"""What serves development and trials: embedded servers, practice providers, demo data. The product never imports it."""
