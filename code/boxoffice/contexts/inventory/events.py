"""Inventory publishes nothing yet, and consumes nothing."""
