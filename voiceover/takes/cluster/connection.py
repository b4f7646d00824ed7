"""Connect to a Ray cluster."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import chdir, contextmanager

from voiceover.errors import InputError
from voiceover.system.extras import how_to_install
from voiceover.system.files import os_error_words

AUTO = "auto"
CONNECT_SECONDS = 10.0


def ray_error() -> type[Exception]:
    """Return the base class of Ray's errors."""
    from ray.exceptions import RayError

    found: type[Exception] = RayError
    return found


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Connect to the cluster for the block; use an existing connection of this program if there is one."""
    try:
        import ray
    except ImportError as error:
        raise InputError(f"recording on a cluster needs Ray ({error}); {how_to_install('ray')}") from error
    if ray.is_initialized():
        yield
        return
    _knock(address)
    mine = threading.current_thread() is threading.main_thread()
    on_term = signal.getsignal(signal.SIGTERM) if mine else None
    try:
        with chdir("/"):  # Ray lets workers import from the current folder, which may contain untrusted files
            ray.init(address=address, namespace="voiceover", log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # Ray raises a dozen kinds here
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"--cluster {address}: there is no Ray cluster ({said}); start one: ray start --head") from error
    finally:
        if mine:
            signal.signal(signal.SIGTERM, on_term)  # Ray replaces the handler
    try:
        yield
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Raise InputError if nothing listens at HOST:PORT; Ray itself would retry for five minutes."""
    if address == AUTO:
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise InputError(f"--cluster {address}: not an address; give HOST:PORT, ray://HOST:PORT, or {AUTO} for the cluster of this machine")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise InputError(f"--cluster {address}: there is no Ray cluster ({os_error_words(error)}); start one: ray start --head") from error
