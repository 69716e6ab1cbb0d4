"""Reporting publishes nothing, and consumes nothing yet."""
