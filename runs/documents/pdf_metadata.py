"""What a PDF says of itself."""

from __future__ import annotations

import re
from datetime import datetime

import pypdfium2 as pdfium

from runs.documents.characters import clean

_METADATA = {
    "Title": "title",
    "Author": "author",
    "Subject": "subject",
    "Keywords": "keywords",
    "Creator": "creator",
    "Producer": "producer",
    "CreationDate": "created_at",
    "ModDate": "modified_at",
}


def metadata_of(document: pdfium.PdfDocument) -> dict[str, str]:
    """Give title, author, times … under the names all readers use; times in ISO 8601."""
    found = {}
    for key, name in _METADATA.items():
        value = " ".join(clean(document.get_metadata_value(key)).split())[:2000]
        if value:
            found[name] = _iso_moment(value) if name.endswith("_at") else value
    return found


def _iso_moment(value: str) -> str:
    """Turn PDF's ``D:20140803211437+01'00'`` into ISO 8601; leave what is not that as it is."""
    parts = re.match(r"D?:?(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?([+-Z])?(?:(\d\d)'?(\d\d)?)?", value)
    if not parts:
        return value
    year, month, day, hour, minute, second, sign, zone_hour, zone_minute = parts.groups()
    zone = "" if sign is None else "+00:00" if zone_hour is None else f"{sign}{zone_hour}:{zone_minute or '00'}"
    try:
        text = f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}{zone.replace('Z', '+')}"
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        return value
