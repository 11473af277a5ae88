"""Files → trades topic."""
