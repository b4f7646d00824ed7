"""The pages that voiceover makes, in a real browser."""
