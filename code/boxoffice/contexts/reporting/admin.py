"""Reporting has no rows, so nothing to administer."""
