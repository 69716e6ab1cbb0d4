"""Reporting reads no input."""
