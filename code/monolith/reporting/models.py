"""Reporting stores nothing of its own: it reads everybody else's tables."""
