"""Faults in seeded random order, and what is left of the documents."""
