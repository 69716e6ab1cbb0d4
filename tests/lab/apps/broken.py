"""An application that cannot be imported."""

raise RuntimeError("the planted reason")
