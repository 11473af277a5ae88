"""Plays market data files onto the trades topic."""
