"""The sockets that processes listen on, and how they are served."""

import socket
from typing import Any

import uvicorn

from pingpilot.domain.errors import ConfigurationError

UNHEARD_MS = 45_000
"""How long what was sent may go without a word from the client's machine: one that vanished is found by that."""


def listener_on(host: str, port: int, hint: str) -> socket.socket:
    """Return a socket bound to an address; raises ConfigurationError, with a hint what to do, where it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; the connections of a listener have it too. Source: tcp(7)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD_MS)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(f"Cannot listen on {host} port {port} ({error.strerror}). {hint}") from error
    return listener


def config_of(application: Any, protocol: Any, **more: Any) -> uvicorn.Config:  # noqa: ANN401 - as uvicorn takes them
    """Return how an application is served by a protocol of ours, which looks after connections, proxies and the log."""
    return uvicorn.Config(
        application,
        http=protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        **more,
    )
