"""Real servers that tests start themselves: the service, PostgreSQL, SMTP, a webhook receiver."""
