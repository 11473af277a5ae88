"""The vocabulary that all services share; it imports no service."""
