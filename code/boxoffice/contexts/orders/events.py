"""Orders publishes nothing yet: it tells notifications directly, once an order is paid or refunded."""
