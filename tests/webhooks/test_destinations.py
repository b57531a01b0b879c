"""Where a webhook may lead: nothing inside, whatever it is called."""

from __future__ import annotations

import threading
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from django.db import connection

from runs.errors import WebhookRefused
from runs.models import User
from runs.webhooks import hooks
from runs.webhooks.destinations import Destination, is_public

PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.8.9.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_not_everybody_can_reach_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2a00:1450:4001::1", "2606:4700::1111"])
def test_what_everybody_can_reach_is(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_one_private_address_among_public_ones_is_enough_to_refuse(address: str) -> None:
    destination = Destination.parse("https://two-faced.example/hook")
    with pytest.raises(WebhookRefused, match="not public"):
        destination.addresses(lambda host, port: ["8.8.8.8", address])


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0"],
)
def test_this_machine_is_refused_however_it_is_written(host: str) -> None:
    destination = Destination.parse(f"https://{host}:8443/hook")
    with pytest.raises(WebhookRefused, match=r"not public|not known"):
        destination.addresses()


def test_a_name_nobody_knows_is_said_to_be_unknown() -> None:
    with pytest.raises(WebhookRefused, match="is not known"):
        Destination.parse("https://hook.invalid/").addresses()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "Give the address"),
        ("http://example.org/", "https://"),
        ("ftp://example.org/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("//example.org/", "https://"),
        ("example.org", "https://"),
        ("https://", "name a host"),
        ("https://user:pw@example.org/", "no user name"),
        ("https://@example.org/", "no user name"),
        ("https://example.org#x", "fragment"),
        ("https://example.org/#", "fragment"),
        ("https://example.org:22/", "Port 22"),
        ("https://example.org:80/", "Port 80"),
        ("https://example.org:0/", "Port 0"),
        ("https://example.org:99999/", "no address"),
        ("https://[::1/", "no address"),
        ("https://[fe80::1%25eth0]/", "no name of a host"),
        ("https://exa mple.org/", "no spaces"),
        ("https://example.org\\@10.0.0.1/", "no spaces"),
        ("https://example.org/\r\nHost: inside", "no spaces"),
        ("https://münchen.example/", "ASCII"),
        ("https://-x.example/", "no name of a host"),
        ("https://a..b/", "no name of a host"),
        ("https://example.org/" + "x" * 1000, "at most 1000"),
    ],
)
def test_an_address_that_is_not_called_is_refused_with_a_sentence(url: str, sentence: str) -> None:
    with pytest.raises(WebhookRefused, match=sentence):
        Destination.parse(url)


def test_plain_http_is_for_trusted_networks_alone(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("10.1.0.0/16")]
    destination = Destination.parse("http://inside.example:8080/hook")
    assert destination.addresses(lambda host, port: ["10.1.2.3"]) == ["10.1.2.3"]
    with pytest.raises(WebhookRefused, match="https://"):
        destination.addresses(lambda host, port: ["10.1.2.3", "8.8.8.8"])
    with pytest.raises(WebhookRefused, match="not public"):
        destination.addresses(lambda host, port: ["10.2.0.1"])


@pytest.mark.django_db(transaction=True)
def test_names_that_nobody_answers_for_hold_few_threads_of_the_site(owner: User) -> None:
    asked, answer = threading.Semaphore(0), threading.Event()

    def slow(host: str, port: int) -> list[str]:
        asked.release()
        assert answer.wait(30)
        return []

    def create() -> None:
        try:
            with pytest.raises(WebhookRefused, match="is not known"):
                hooks.create(owner, "https://slow.example/", ["run.failed"], resolve=slow)
        finally:
            connection.close()

    waiting = [threading.Thread(target=create) for _ in range(hooks.LOOK_UPS_AT_ONCE)]
    for thread in waiting:
        thread.start()
    try:
        assert all(asked.acquire(timeout=30) for _ in waiting)
        with pytest.raises(WebhookRefused, match="try again shortly"):
            hooks.create(owner, "https://slow.example/", ["run.failed"], resolve=slow)
    finally:
        answer.set()
        for thread in waiting:
            thread.join(30)
    with pytest.raises(WebhookRefused, match="is not known"):
        hooks.create(owner, "https://slow.example/", ["run.failed"], resolve=slow)
