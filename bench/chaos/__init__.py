"""Injects faults in seeded random order and checks which documents remain."""
