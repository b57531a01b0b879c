"""One request, against real receivers that answer, fail, hang, never end or send us elsewhere."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runs.webhooks.sending import MOST_READ, Answer, post, tls
from tests.webhooks.receiving import Receiver, receiving

SHORT = 0.6


def send(url: str, **options: object) -> Answer:
    return post(url, b"{}", {"Content-Type": "application/json"}, **options)  # type: ignore[arg-type]


def test_what_is_answered_is_kept_as_text(receiver: Receiver) -> None:
    answer = send(receiver.url("/200"))
    assert (answer.is_success, answer.status, answer.excerpt) == (True, 200, "said � <b>something</b>")
    (received,) = receiver.received
    assert (received.body, received.headers["host"]) == (b"{}", f"127.0.0.1:{receiver.server_port}")


@pytest.mark.parametrize("status", [400, 404, 410, 500, 503])
def test_any_other_answer_is_a_failure(receiver: Receiver, status: int) -> None:
    answer = send(receiver.url(f"/{status}"))
    assert (answer.is_success, answer.status) == (False, status)
    assert str(status) in answer.error


def test_a_receiver_that_hangs_is_left(receiver: Receiver) -> None:
    began_at = time.monotonic()
    answer = send(receiver.url("/hang"), patience=SHORT)
    assert (answer.status, answer.error) == (None, "No answer within 0.6 s.")
    assert time.monotonic() - began_at < SHORT + 1


def test_a_receiver_that_drips_is_left_just_so(receiver: Receiver) -> None:
    began_at = time.monotonic()
    answer = send(receiver.url("/drip"), patience=SHORT)
    assert not answer.is_success
    assert time.monotonic() - began_at < SHORT + 1


def test_an_endless_answer_is_read_to_a_limit_only(receiver: Receiver) -> None:
    answer = send(receiver.url("/endless"))
    assert (answer.is_success, answer.status) == (True, 200)
    assert len(answer.excerpt) < MOST_READ
    assert answer.seconds < 5


def test_what_is_no_http_is_a_failure_and_no_more(receiver: Receiver) -> None:
    answer = send(receiver.url("/rude"))
    assert (answer.is_success, answer.status) == (False, None)
    assert answer.error.startswith("The connection broke off")


def test_nobody_there_is_said(receiver: Receiver) -> None:
    answer = send("http://127.0.0.1:1/", patience=2)
    assert answer.error.startswith("Port 1 is not called")
    closed = receiving()
    with closed as gone:
        url = gone.url()
    assert send(url).error.startswith("No connection")


def test_a_redirect_to_a_private_address_is_not_followed(receiver: Receiver) -> None:
    answer = send(receiver.url("/redirect"))
    assert (answer.is_success, answer.status) == (False, 302)
    assert "redirects are not followed" in answer.error
    assert len(receiver.received) == 1


def test_a_proxy_of_the_environment_is_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        assert send(receiver.url("/200")).is_success
        assert proxy.received == []


def test_private_addresses_are_refused_at_sending_too(receiver: Receiver, settings: object) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []  # type: ignore[attr-defined]
    answer = send(receiver.url("/200").replace("http:", "https:").replace("127.0.0.1", "localhost"))
    assert "not public" in answer.error
    assert receiver.received == []


def test_a_name_is_looked_up_once_and_the_checked_address_called(receiver: Receiver) -> None:
    """Whoever rebinds the name after the check gains nothing."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    answer = send(receiver.url("/200", host="rebinding.example"), resolve=rebinding)
    assert answer.is_success
    assert asked == ["rebinding.example"]
    (received,) = receiver.received
    assert received.headers["host"] == f"rebinding.example:{receiver.server_port}"


# --- TLS


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """A server's side of TLS for ``name``, and in ``folder`` the authority that says so."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test's own authority")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "authority.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "authority.pem", folder / "key.pem")
    return context


@pytest.fixture
def safe_receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loopback_allowed: None) -> Iterator[Receiver]:
    """One that speaks TLS as ``hooks.example``."""
    context = certificate(tmp_path, "hooks.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    tls.cache_clear()
    with receiving(context) as receiver:
        yield receiver
    tls.cache_clear()


def at_loopback(host: str, port: int) -> list[str]:
    return [str(ipaddress.ip_address("127.0.0.1"))]


def test_a_certificate_must_be_for_the_name_not_for_the_address(safe_receiver: Receiver) -> None:
    assert send(safe_receiver.url("/200", host="hooks.example"), resolve=at_loopback).is_success
    answer = send(safe_receiver.url("/200", host="other.example"), resolve=at_loopback)
    assert answer.error.startswith("The receiver's certificate is not accepted")
    assert len(safe_receiver.received) == 1


def test_an_authority_nobody_knows_is_not_trusted(safe_receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    tls.cache_clear()
    answer = send(safe_receiver.url("/200", host="hooks.example"), resolve=at_loopback)
    assert answer.error.startswith("The receiver's certificate is not accepted")
    assert safe_receiver.received == []
