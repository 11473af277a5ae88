"""The sample session and the script that makes it."""
