"""The mix."""
