"""Identifiers that prove themselves, and contacts."""

from __future__ import annotations

import pytest

from runs.agents.extraction.contacts import find_contacts
from runs.agents.extraction.conventions import conventions_of
from runs.agents.extraction.identifiers import find_bics, find_ibans, find_vat_ids, is_card_number
from runs.agents.extraction.rows import fold
from runs.documents.languages import guess_language


def contacts(text: str) -> list[tuple[str, str]]:
    return [(found.name, found.value) for found in find_contacts(text, fold(text))]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("IBAN DE30507500940000048567", "DE30507500940000048567"),
        ("IBAN: NL91 ABNA 0417 1643 00 BIC ABNANL2A", "NL91ABNA0417164300"),
        ("BE68 5390 0754 7034 BIC: BBRUBEBB", "BE68539007547034"),
        ("FR14-2004-1010-0505-0001-3M02-606", "FR1420041010050500013M02606"),
    ],
)
def test_iban_is_found_with_or_without_spaces_and_ends_where_it_ends(text: str, value: str) -> None:
    assert [found.value for found in find_ibans(text)] == [value]


@pytest.mark.parametrize("text", ["DE31507500940000048567", "FR76 ***********", "INVOICE 2024 TOTAL 500", "DE89 3704"])
def test_iban_with_a_false_checksum_is_none(text: str) -> None:
    assert list(find_ibans(text)) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("UStId DE 232 446 240", "DE232446240"),
        ("FR 604 219 388 61", "FR60421938861"),
        ("BTW NL810433941B01", "NL810433941B01"),
        ("BTW BE 0403.019.261", "BE0403019261"),
        ("VAT No. GB 980 7806 84", "GB980780684"),
        ("CHE-107.787.577 MWST", "CHE107787577MWST"),
    ],
)
def test_vat_number_is_proved_by_its_checksum(text: str, value: str) -> None:
    assert [(found.value, found.proved) for found in find_vat_ids(text)] == [(value, True)]


def test_vat_number_with_a_false_checksum_is_found_but_not_proved() -> None:
    assert [found.proved for found in find_vat_ids("DE123456789")] == [False]


def test_bic_needs_a_country() -> None:
    assert [found.value for found in find_bics("BIC HELADEF1GEL")] == ["HELADEF1GEL"]
    assert list(find_bics("INVOICES")) == []


def test_card_numbers_are_known_by_luhn() -> None:
    assert is_card_number("4111 1111 1111 1111")
    assert not is_card_number("4111 1111 1111 1112")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tel. +49 6051 916 44 10", [("phone", "+49605191644" + "10")]),
        ("Fax: (816) 329–4090", [("fax", "8163294090")]),
        ("Tél. : 04 72 00 11 22", [("phone", "0472001122")]),
        ("Tel.: 08051 / 96 44-0", [("phone", "0805196440")]),
        ("eMail: Info@Example.de, www.example.de.", [("email", "info@example.de"), ("url", "www.example.de")]),
        ("see https://example.com/a?b=c.", [("url", "https://example.com/a?b=c")]),
        ("IBAN DE30 5075 0094 0000 0485 67", []),
        ("Kto-Nr. 48567 Blz: 507 500 94", []),
        ("Steuer-Nr. 044 241 601 03", []),
        ("Hotel 2024-12-05", []),
        ("first.Second is no address", []),
    ],
)
def test_contacts_are_found_and_account_numbers_are_none(text: str, found: list[tuple[str, str]]) -> None:
    assert contacts(text) == found


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Please pay the amount due within 30 days of the invoice date."),
        ("de", "Bitte überweisen Sie den Betrag innerhalb von 14 Tagen auf das Konto."),
        ("fr", "Nous vous prions de régler cette facture dans les délais par virement."),
        ("nl", "Wij verzoeken u het bedrag van deze factuur binnen 14 dagen te betalen."),
        ("es", "El importe de la factura se debe abonar en un plazo de 30 días."),
        ("it", "Si prega di effettuare il pagamento della fattura entro la data indicata."),
        (None, "4711 0815"),
    ],
)
def test_language_is_guessed_from_common_words(language: str | None, text: str) -> None:
    assert guess_language(fold(text)) == language


def test_decimal_separator_comes_from_the_amounts_before_the_language() -> None:
    assert conventions_of(["Der Betrag von 24.99 ist die Summe der Rechnung"]).decimal == "."
    assert conventions_of(["Total 1.234,56 and the amount of 5,00"]).decimal == ","
    assert conventions_of(["Die Rechnung ist von der Firma und der Betrag ist rund"]).decimal == ","


def test_dollars_are_those_the_document_names() -> None:
    assert conventions_of(["Total AUD 5.00, GST $0.50, $1.00, $2.00"]).currency == "AUD"
    assert conventions_of(["Total $5.00"]).currency == "USD"
