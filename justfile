# The daily commands; `just` alone runs the first.

default: test lint

test *args:
    pytest {{args}}

lint:
    ruff check .
    ruff format --check .
    mypy

format:
    ruff check --fix .
    ruff format .

bench *args:
    for b in benchmarks/*.py; do case "$b" in */table.py) ;; *) python "$b" {{args}} ;; esac; done

ci:
    .ci/run

# Newest versions: `just lock --upgrade`. Needs uv.
lock *args:
    uv pip compile pyproject.toml --universal --python-version 3.11 --extra dev --extra media --extra store --extra ray --generate-hashes --no-annotate --custom-compile-command "just lock" -q -o requirements-dev.lock {{args}}

# For the Python that runs it. Needs pip-audit, and a network: what could not be looked up is a failure.
audit:
    pip-audit --strict --require-hashes --disable-pip -r requirements-dev.lock
