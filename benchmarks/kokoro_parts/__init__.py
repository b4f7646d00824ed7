"""Who speaks in kokoro.py: a process for each."""
