"""What every service shares, and all that it shares: it knows no context."""
