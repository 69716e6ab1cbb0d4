"""Reporting stores nothing of its own: it asks orders for the sums, and the catalogue for the names."""
