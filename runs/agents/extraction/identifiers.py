"""Numbers that prove themselves: IBANs, BICs, VAT and tax numbers, with their checksums."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from stdnum import bic, iban, luhn
from stdnum.ch import vat as ch_vat
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as gb_vat
from stdnum.in_ import gstin
from stdnum.it import iva as it_iva
from stdnum.no import mva as no_mva

_COUNTRY_WORDS = (
    "AD AE AF AG AL AM AO AR AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ CA CD CF CG CH "
    "CI CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ES ET FI FJ FO FR GA GB GD GE GG GH GI GL GM "
    "GN GQ GR GT GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KR KW KY KZ LA "
    "LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MK ML MM MN MO MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP "
    "NZ OM PA PE PG PH PK PL PR PS PT PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SV SY SZ TD TG "
    "TH TJ TL TM TN TO TR TT TW TZ UA UG US UY UZ VA VC VE VG VN VU WS XK YE ZA ZM ZW"
)
_COUNTRIES = frozenset(_COUNTRY_WORDS.split())

_SHORTEST_IBAN = 15

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\s?\d{2}(?:[ -]?[A-Z0-9]){11,30}(?![A-Za-z0-9*])")
_BIC = re.compile(r"(?<![A-Za-z0-9])[A-Z]{4}[ ]?[A-Z]{2}[ ]?[A-Z0-9]{2}(?:[ ]?[A-Z0-9]{3})?(?![A-Za-z0-9])")
_VAT_PREFIX_WORDS = "AT BE BG CY CZ DE DK EE EL ES FI FR GB HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI"
_VAT_PREFIXES = tuple(_VAT_PREFIX_WORDS.split())
_VAT = re.compile(
    rf"(?<![A-Za-z0-9])(?:{'|'.join(_VAT_PREFIXES)})[ .:-]{{0,2}}(?:[0-9A-Z][ .-]?){{7,13}}[0-9A-Z]?(?![A-Za-z0-9])"
)
_SWISS_VAT = re.compile(r"(?<![A-Za-z0-9])CHE[- ]?\d{3}\.?\s?\d{3}\.?\s?\d{3}\s?(?:MWST|TVA|IVA)?(?![A-Za-z0-9])")
_NORWEGIAN_VAT = re.compile(r"(?<![A-Za-z0-9])(?:NO ?)?\d{3} ?\d{3} ?\d{3} ?MVA(?![A-Za-z0-9])")
_GSTIN = re.compile(r"(?<![A-Za-z0-9])\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z](?![A-Za-z0-9])")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")


class IdentifierFound(NamedTuple):
    """An identifier in a text. ``proved``: its checksum holds."""

    start: int
    end: int
    value: str
    proved: bool = True


def find_ibans(text: str) -> Iterator[IdentifierFound]:
    """Give the IBANs whose checksum and national form hold."""
    for match in _IBAN.finditer(text):
        # The pattern may run into the next word: the longest part that proves itself counts.
        for end in _word_ends(match[0]):
            value = iban.compact(match[0][:end])
            if len(value) >= _SHORTEST_IBAN and _is_iban(value):
                yield IdentifierFound(match.start(), match.start() + end, value)
                break


def find_bics(text: str) -> Iterator[IdentifierFound]:
    """Give what has the form of a BIC with a real country in it; ordinary words in capitals may, too."""
    for match in _BIC.finditer(text):
        for end in _word_ends(match[0]):
            value = bic.compact(match[0][:end])
            if len(value) in (8, 11) and _holds(bic, value) and value[4:6] in _COUNTRIES:
                yield IdentifierFound(match.start(), match.start() + end, value, any(map(str.isdigit, value)))
                break


def find_vat_ids(text: str) -> Iterator[IdentifierFound]:
    """Give VAT numbers that carry their country, proved by checksum or only shaped so."""
    for match in _VAT.finditer(text):
        ends = _word_ends(match[0])
        for end in ends:
            value = _vat(match[0][:end])
            if value:
                yield IdentifierFound(match.start(), match.start() + end, value)
                break
        else:
            shaped = next((end for end in ends if _is_vat_shaped(match[0][:end])), None)
            if shaped:
                value = re.sub(r"[\s.:-]", "", match[0][:shaped])
                yield IdentifierFound(match.start(), match.start() + shaped, value, False)
    for pattern, module in ((_SWISS_VAT, ch_vat), (_NORWEGIAN_VAT, no_mva)):
        for match in pattern.finditer(text):
            value = re.sub(r"[^0-9A-Z]", "", match[0])
            proved = _holds(module, match[0]) or (pattern is _SWISS_VAT and _holds(ch_vat, f"{match[0]} MWST"))
            yield IdentifierFound(match.start(), match.end(), value, proved)


def find_gstins(text: str) -> Iterator[IdentifierFound]:
    """Give Indian GST numbers."""
    for match in _GSTIN.finditer(text):
        yield IdentifierFound(match.start(), match.end(), match[0], _holds(gstin, match[0]))


def italian_vat(text: str) -> str | None:
    """Give an Italian VAT number written without its country, with it; None when the checksum fails."""
    value = re.sub(r"\D", "", text)
    return f"IT{value}" if len(value) == 11 and _holds(it_iva, value) else None


def british_vat(text: str) -> str | None:
    """Give a British VAT number written without its country, with it; None when the checksum fails."""
    value = re.sub(r"\D", "", text)
    return f"GB{value}" if len(value) == 9 and _holds(gb_vat, value) else None


def is_card_number(text: str) -> bool:
    """Whether these digits are those of a payment card, by Luhn's checksum."""
    match = _CARD.fullmatch(text.strip())
    return bool(match) and text.strip()[0] in "3456" and luhn.is_valid(re.sub(r"\D", "", text))


def _is_iban(value: str) -> bool:
    # Without the lists of banks that some countries' checks carry: they age, checksums do not.
    try:
        iban.validate(value, check_country=False)
    except ValidationError:
        return False
    return True


def _vat(text: str) -> str | None:
    value = re.sub(r"[\s.:-]", "", text)
    if value.startswith(("GB", "XI")):
        return value if _holds(gb_vat, value[2:]) else None
    return eu_vat.compact(value) if _holds(eu_vat, value) else None


def _is_vat_shaped(text: str) -> bool:
    value = re.sub(r"[\s.:-]", "", text)
    digits = sum(character.isdigit() for character in value)
    return 7 <= digits <= 12 and 9 <= len(value) <= 14 and digits >= len(value) - 5


def _word_ends(text: str) -> list[int]:
    """Give the places where a text may end at a word's end, the last first."""
    ends = [match.start() for match in re.finditer(r"[ .:-]", text)]
    return sorted({end for end in (*ends, len(text)) if end > 5}, reverse=True)


def _holds(module: object, value: str) -> bool:
    try:
        module.validate(value)  # type: ignore[attr-defined]
    except ValidationError:
        return False
    except Exception:  # a few of stdnum's checks stumble over text far from the form they expect
        return False
    return True
