"""Payments are shown with their order, in the admin of orders."""
