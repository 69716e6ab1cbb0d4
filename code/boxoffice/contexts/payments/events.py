"""Payments publishes nothing yet, and consumes nothing."""
