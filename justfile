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
