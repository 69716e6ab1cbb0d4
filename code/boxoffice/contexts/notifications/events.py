"""Notifications publishes nothing, and consumes nothing yet: orders tells it directly."""
