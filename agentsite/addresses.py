"""Addresses the site listens on, and whether the outside can reach them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


@dataclass(frozen=True)
class Address:
    """A host and a port, as in ``127.0.0.1:8000`` or ``[::1]:8000``."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``host:port``. Raises ``ValueError`` with a sentence for anything else."""
        host, _, port = text.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"{text!r} is no address: write host:port, for example 127.0.0.1:8000")
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect to it."""
        return is_loopback_name(self.host)


def is_loopback_name(name: str) -> bool:
    """Whether ``name`` is this machine and nothing else."""
    if name in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def client_address(meta: Mapping[str, Any], trusted_proxies: int) -> str:
    """Who called: the connection's other end, or whoever the outermost of our own proxies was called by.

    Each of them adds one entry at the right of ``X-Forwarded-For``; what stands further left
    came with the request, and can be anything. Empty where it is no address: on a Unix socket.
    """
    forwarded = [entry.strip() for entry in str(meta.get("HTTP_X_FORWARDED_FOR") or "").split(",")]
    if 0 < trusted_proxies <= len(forwarded) and (address := _address(forwarded[-trusted_proxies])):
        return address
    return _address(str(meta.get("REMOTE_ADDR") or ""))


def _address(text: str) -> str:
    """The address in ``text``, in one notation; some proxies write the port after it."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def network_of(address: str) -> str:
    """What one client has to itself: an IPv4 address, of IPv6 the first 64 bits; empty for none."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
