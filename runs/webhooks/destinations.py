"""Where a webhook may lead. Whoever may name an address must not reach what only this machine can.

A name is looked up once for every sending; if any of its addresses is one that not everybody
in the internet can reach, none is used. The connection is then made to a checked address,
not to the name, so that a name that changes its mind in between gains nothing.
"""

from __future__ import annotations

import ipaddress
import queue
import re
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from runs.errors import WebhookRefused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

LONGEST_URL: Final = 1000
LOOKUP_SECONDS: Final = 5.0
FIRST_FREE_PORT: Final = 1024
USUAL_PORTS: Final = {"https": 443, "http": 80}
NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)

# The special-purpose registries of IANA, and what clouds have put elsewhere. Named here besides what Python knows,
# which differs from release to release.
NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # Shared by carriers.
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own, on every machine there.
        "169.254.0.0/16",  # Link-local: the metadata of most clouds.
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",  # Teredo and other protocols' own.
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise.
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
# Everything else of IPv6 is no address of the public internet: loopback, link-local, unique local, multicast, and
# the forms that stand for an IPv4 address (mapped, NAT64).
PUBLIC_V6: Final = ipaddress.IPv6Network("2000::/3")


@dataclass(frozen=True, slots=True)
class Destination:
    """A webhook's URL, taken apart. ``host`` is what its certificate must be for."""

    url: str
    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> Destination:
        """Read a URL that a webhook may have. Raises ``WebhookRefused``; nothing is looked up."""
        if not url:
            raise WebhookRefused("Give the address to be called, as in https://example.org/hook.")
        if len(url) > LONGEST_URL:
            raise WebhookRefused(f"The address may have at most {LONGEST_URL} characters.")
        if not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>^`{|}'):
            raise WebhookRefused("The address may have no spaces and none but ASCII characters: encode the others.")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise WebhookRefused("This is no address: write it as https://example.org/hook.") from None
        if parts.scheme not in USUAL_PORTS or not parts.hostname:
            raise WebhookRefused("The address must begin with https:// and name a host.")
        if parts.username is not None or parts.password is not None:
            raise WebhookRefused("The address may hold no user name or password: the signature says who calls.")
        if parts.fragment or url.endswith("#"):
            raise WebhookRefused("The address may have no #fragment: it would never be sent.")
        if not _is_a_host(parts.hostname):
            raise WebhookRefused(f"“{parts.hostname}” is no name of a host.")
        if port is None:
            port = USUAL_PORTS[parts.scheme]
        elif port != USUAL_PORTS[parts.scheme] and port < FIRST_FREE_PORT:
            raise WebhookRefused(f"Port {port} is not called: use {USUAL_PORTS[parts.scheme]}, or one from 1024 on.")
        if parts.scheme == "http" and not settings.WEBHOOK_ALLOWED_NETWORKS:
            raise WebhookRefused("The address must begin with https://: what is told must not be readable on its way.")
        return cls(url, parts.scheme, parts.hostname, port)

    def addresses(self, resolve: Resolver | None = None) -> list[str]:
        """The addresses to connect to, every one of them checked. Raises ``WebhookRefused``."""
        found = [_plain(text) for text in (resolve or look_up)(self.host, self.port)]
        if not found:
            raise WebhookRefused(f"The name {self.host} is not known.")
        inside = [address for address in found if not _is_allowed(address)]
        if any(not is_public(address) for address in inside):
            raise WebhookRefused(f"{self.host} leads to an address that is not public. Such addresses are not called.")
        if self.scheme == "http" and inside:
            raise WebhookRefused("Outside the networks this site trusts, the address must begin with https://.")
        return [str(address) for address in found]


def is_public(address: IPAddress) -> bool:
    """Whether everybody in the internet could reach it, so that it is nothing of ours."""
    if address.version == PUBLIC_V6.version and address not in PUBLIC_V6:
        return False
    listed = any(address in network for network in NOT_PUBLIC if network.version == address.version)
    return address.is_global and not address.is_multicast and not address.is_reserved and not listed


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, as this machine finds them. Raises ``WebhookRefused`` where that takes too long.

    In a thread of its own: the system's look-up can not be told to hurry.
    """
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))

    threading.Thread(target=ask, daemon=True, name="webhook look-up").start()
    try:
        return answers.get(timeout=LOOKUP_SECONDS)
    except queue.Empty:
        raise WebhookRefused(f"The name {host} could not be looked up within {LOOKUP_SECONDS:.0f} s.") from None


def _is_a_host(host: str) -> bool:
    if ":" in host:
        return "%" not in host  # A literal of IPv6; with a zone it would be link-local.
    return len(host) <= 253 and all(NAME.fullmatch(label) for label in host.removesuffix(".").split("."))


def _plain(text: str) -> IPAddress:
    # What the system says of a link-local address ends with its interface.
    return ipaddress.ip_address(text.partition("%")[0])


def _is_allowed(address: IPAddress) -> bool:
    networks = settings.WEBHOOK_ALLOWED_NETWORKS
    return any(address in network for network in networks if network.version == address.version)
