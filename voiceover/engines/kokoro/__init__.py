"""Kokoro-82M: a human voice on any CPU."""
