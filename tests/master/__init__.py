"""The master."""
