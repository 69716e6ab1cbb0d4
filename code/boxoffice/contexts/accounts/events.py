"""Accounts publishes nothing yet, and consumes nothing."""
