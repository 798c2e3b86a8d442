"""What every kind of case shares: models, transitions, services, the queue, a case's page. No tables of its own."""
