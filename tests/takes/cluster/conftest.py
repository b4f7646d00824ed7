"""One cluster and one S3 server for all tests here; they cost seconds to start."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.takes.cluster.parts import REPOSITORY, Nodes, write_engines
from tests.takes.s3_parts import Door, s3_server


@pytest.fixture(scope="package")
def server() -> Iterator[tuple[Door, dict[str, str]]]:
    """The door of an S3 server with the bucket ``shows``, and the environment by which one reaches it."""
    import s3fs

    with s3_server() as (door, address):
        who = {"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
        s3fs.S3FileSystem(endpoint_url=address, key="me", secret="secret", skip_instance_cache=True).mkdir("shows")
        yield door, who


@pytest.fixture
def door(server: tuple[Door, dict[str, str]]) -> Iterator[Door]:
    yield server[0]
    server[0].failing = 0


@pytest.fixture(scope="package")
def cluster(server: tuple[Door, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    import ray

    room = tmp_path_factory.mktemp("cluster")
    write_engines(room / "engines")
    path = os.pathsep.join((str(room / "engines"), str(REPOSITORY)))
    environment = {**server[1], "PYTHONPATH": path, "NOTES": str(room / "notes"), "RAY_USAGE_STATS_ENABLED": "0"}
    found = Nodes(room, environment)
    try:
        found.restore()
        yield found
    finally:
        ray.shutdown()
        found.cluster.shutdown()


@pytest.fixture
def nodes(cluster: Nodes) -> Iterator[Nodes]:
    """Two nodes, ``one`` and ``two``; a test may kill ``two`` and add others."""
    (cluster.room / "notes").unlink(missing_ok=True)
    yield cluster
    cluster.restore()
