"""Reading e-mails."""

from __future__ import annotations

import hashlib
from email.message import EmailMessage
from pathlib import Path

import pytest

from runs.documents import Reading, UnreadableDocument, read, sniff
from runs.documents.kinds import EMAIL


def message(body: str = "Please pay EUR 5.00.", **headers: str) -> EmailMessage:
    made = EmailMessage()
    known = {"From": "Ann <ann@kestrel.test>", "To": "bob@example.org", "Subject": "Invoice K-2031"}
    for name, value in {**known, "Date": "Fri, 03 May 2024 10:00:00 +0200", **headers}.items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    return made


def reading(folder: Path, made: EmailMessage | bytes) -> Reading:
    path = folder / "message.eml"
    path.write_bytes(made if isinstance(made, bytes) else bytes(made))
    assert sniff(path) == EMAIL
    return read(path)


def test_headers_and_body_are_the_page_and_the_metadata(tmp_path: Path) -> None:
    found = reading(tmp_path, message(Subject="Rechnung für Möbel", Message_ID="<1@kestrel.test>"))

    assert found.pages[0].text.split("\n") == [
        "From: Ann <ann@kestrel.test>",
        "To: bob@example.org",
        "Date: Fri, 03 May 2024 10:00:00 +0200",
        "Subject: Rechnung für Möbel",
        "",
        "Please pay EUR 5.00.",
    ]
    assert found.metadata["title"] == "Rechnung für Möbel"
    assert found.metadata["created_at"] == "2024-05-03T10:00:00+02:00"
    assert found.metadata["author"] == "Ann <ann@kestrel.test>"


def test_attachments_are_listed_and_not_read(tmp_path: Path) -> None:
    made = message()
    made.add_attachment(b"%PDF-1.7 secret", maintype="application", subtype="octet-stream", filename="Rechnung ä.pdf")

    found = reading(tmp_path, made)

    sha256 = hashlib.sha256(b"%PDF-1.7 secret").hexdigest()
    assert found.metadata["attachment 1"] == f"Rechnung ä.pdf, application/pdf, 15 bytes, SHA-256 {sha256}"
    assert found.warnings == [
        "The e-mail has an attachment, which was not read: “Rechnung ä.pdf” (PDF). Upload it by itself."
    ]
    assert "secret" not in found.text


def test_the_plain_text_is_read_unless_it_says_less_than_the_page(tmp_path: Path) -> None:
    made = message("The total is EUR 5.00.")
    made.add_alternative("<p>The total is <b>EUR 5.00</b>.</p>", subtype="html")
    assert reading(tmp_path, made).text.endswith("\n\nThe total is EUR 5.00.")

    made = message("See the page.")
    made.add_alternative(
        "<h1>Invoice</h1><p>The total is EUR 5.00, due on 3 May 2024.</p><script>no</script>", subtype="html"
    )
    assert reading(tmp_path, made).text.endswith("Invoice\n\nThe total is EUR 5.00, due on 3 May 2024.")


def test_a_message_in_a_message_is_a_page_of_its_own(tmp_path: Path) -> None:
    inner = message("The forwarded words.", Subject="Inner")
    made = message("As discussed.", Subject="Outer")
    made.add_attachment(inner)

    pages = reading(tmp_path, made).pages

    assert [page.number for page in pages] == [1, 2]
    assert "Subject: Outer" in pages[0].text
    assert "Subject: Inner" in pages[1].text
    assert pages[1].text.endswith("The forwarded words.")


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-8", "no-such-charset"])
def test_any_alphabet_is_decoded_whatever_the_header_claims(tmp_path: Path, charset: str) -> None:
    encoded = "Grüße aus Köln".encode("utf-8" if charset == "utf-8" else "cp1252")
    raw = (
        b"From: ann@kestrel.test\r\nSubject: =?" + charset.encode() + b"?Q?Gr=FC=DFe?=\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + encoded
    )
    assert reading(tmp_path, raw).text.endswith("Grüße aus Köln")


def test_raw_bytes_in_headers_do_no_harm(tmp_path: Path) -> None:
    raw = "From: Jörg <j@kestrel.test>\nSubject: Größe\nDate: x\nMIME-Version: 1.0\n\nText".encode("latin-1")
    assert "Subject: Größe" in reading(tmp_path, raw).text


def test_an_encrypted_message_is_refused(tmp_path: Path) -> None:
    raw = b"From: a@b.test\nMIME-Version: 1.0\nContent-Type: application/pkcs7-mime; name=smime.p7m\n\nMIAGCSqGSIb3\n"
    with pytest.raises(UnreadableDocument, match="encrypted"):
        reading(tmp_path, raw)


def test_parts_in_parts_without_end_are_refused(tmp_path: Path) -> None:
    raw = b"From: a@b.test\nMIME-Version: 1.0\n"
    raw += b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000))
    with pytest.raises(UnreadableDocument, match="too many parts"):
        reading(tmp_path, raw)


def test_a_letter_with_a_subject_is_no_email(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Subject: your invoice\n\nDear Sir or Madam,\nwe write to you.\n")
    assert sniff(path) == "text/plain"


def test_an_outlook_message_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "x.msg"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "__substg1.0_1000001F".encode("utf-16-le"))
    with pytest.raises(UnreadableDocument, match=r"save it as an e-mail file \(\.eml\)"):
        read(path)
