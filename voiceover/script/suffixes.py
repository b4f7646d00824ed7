"""File name endings of scripts."""

from __future__ import annotations

MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdx", ".qmd", ".rmd")
"""In lower case; compare case-insensitively."""
YAML_SUFFIXES = (".yaml", ".yml")
JSON_SUFFIX = ".json"
