"""The catalogue publishes nothing yet, and consumes nothing."""
