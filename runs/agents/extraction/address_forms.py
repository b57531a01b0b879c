"""What the lines of postal addresses look like.

To teach a country: its postal code goes into ``POSTAL`` and ``STREET_AND_CITY``, its words for
streets into ``STREET``.
"""

from __future__ import annotations

import re

_CITY = r"[A-ZÀ-ÝŁŚŻ][\w'’.\-/()ÀàÀ-ÿ ]{1,40}"
POSTAL = re.compile(
    rf"^(?:[A-Z]{{1,3}}[- ])?(?:\d{{5}}|\d{{4}} ?[A-Z]{{2}}|\d{{4}}(?:-\d{{3}})?|\d{{3}} \d{{2}}"
    rf"|\d{{2}}-\d{{3}}),? {_CITY}(?:, [A-Z]{{2}})?$"
    r"|^(?:[A-Z][\w'’.\- ]+,? )?[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}$"
    r"|^[A-Z][\w'’.\- ]+,? (?:[A-Z]{2}|[A-Z][a-z]+),? \d{5}(?:-\d{4})?(?:,? (?:US|USA|United States))?$"
    r"|^[A-Z][\w'’.\- ]+,? [A-Z]\d[\dW] [A-Z0-9]{4}$"
    r"|^[A-Z][\w'’.\- ]+,? [A-Z]{2,3},? \d{4}(?:,? Australia)?$"
    r"|^[A-Z][\w'’.\- ,]+[ ,-]+\d{6}(?:,? India)?$"
)
STREET = re.compile(
    r"^(?=.{4,60}$)(?:.*[a-zß.] ?\d{1,5} ?[a-zA-Z]?(?:[-/ ]\d{1,4} ?[a-zA-Z]?)?(?:,.*)?|\d{1,5} ?(?:bis|ter"
    r"|[a-zA-Z])?,? .*[A-Za-z]{3,}.*"
    r"|(?:Postfach|P\.? ?O\.? Box|BP|Postbus|Apartado) .*|.*\b(?:street|road|avenue|lane|way|house|court|rue|via"
    r"|place|square|quai|cours|impasse|boulevard"
    r"|piazza|largo|lungolago|corso|viale|paseo|avenida|platz|plein|gracht|laan|calle|plaza|weg"
    r"|ulica|ul\.|rua|vägen|gatan).*|[A-ZÄÖÜ ]+(?:STRASSE|STR\.|WEG|PLATZ|ALLEE) \d.*)$",
    re.IGNORECASE,
)
_COUNTRY_WORDS = (
    "germany deutschland france frankreich netherlands nederland italy italia spain espana belgium belgie belgique "
    "austria osterreich switzerland schweiz suisse svizzera ireland portugal poland polska sweden sverige denmark "
    "danmark norway norge finland luxembourg luxemburg india australia canada usa"
)
COUNTRIES = frozenset(_COUNTRY_WORDS.split()) | {"united kingdom", "united states", "great britain", "pays-bas"}
ONE_LINE = re.compile(
    r"^(?P<name>[\w&.,'’+\- ]{3,60}?)\s?[-·•|,–\u2022\u2022;]\s?(?P<street>[^·•|–;]{4,50}?\d{1,5}[^·•|–;]{0,30}?"
    r"|\d{1,5}[^·•|–;]{4,40}?)"
    r"\s?[-·•|,–;]\s?(?P<city>(?:[A-Z]{1,2}-)?(?:\d{5}|\d{4} ?[A-Z]{2}|\d{4}-\d{3}|\d{4}|\d{3} \d{2}"
    r"|\d{2}-\d{3}) [A-ZÀ-Ý][\w'’.\-]+(?: [A-ZÀ-Ý][\w'’.\-]+)?"
    r"|[A-Z][\w'’. ]+,? [A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})"
    r"(?P<country>\s?[-·•|,–;]\s?[A-Z][a-zA-Z ]{3,20})?$"
)
STREET_AND_CITY = re.compile(
    r"^(?=[^,·•|–-]*[A-Za-z]{3})[^@]{4,50}?\d{1,5} ?[a-zA-Z]?\s?[-,·•|–]\s?"
    r"(?:[A-Z]{1,2}-)?(?:\d{5}|\d{4} ?[A-Z]{2}|\d{4}(?:-\d{3})?|\d{3} \d{2}|\d{2}-\d{3}) [A-ZÀ-Ý][\w'’.\-() ]{1,40}$"
)
NO_NAME_LINE = re.compile(
    r"^(?:gln\b|lief\b|kunden-?\s?n|attn|z\. ?hd|c/o|tel|fax|phone|e-?mail|www|http)", re.IGNORECASE
)
SALUTATION = re.compile(
    r"^(?:herrn?|frau|firma|eheleute|familie|an|mr|mrs|ms|monsieur|madame|mme|de heer|mevrouw|sig|sig\.ra|spett\.?le"
    r"|sr|sra)[.:]?$"
)
"""A word alone above a name, as letters address whom they are sent to."""
ADDRESSED = re.compile(
    r"(?:herrn?|frau|mrs?\.?|ms\.?|mme|monsieur|madame|de heer|mevrouw|dhr\.?|mevr\.?|sig\.|sr\.|sra\.) [a-z]"
)
