"""Reporting changes nothing."""
