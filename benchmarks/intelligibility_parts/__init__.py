"""Parts of intelligibility.py."""
