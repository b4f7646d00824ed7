"""Parts of takes.py."""
