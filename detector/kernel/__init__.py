"""The compiled kernel: one symbol's state and one print in, features and scores out."""
