"""Whose the addresses of an invoice are.

A word says so, or the seller's line above a letter, or whose contacts they bear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from runs.agents.extraction.addresses import Address, find_addresses
from runs.agents.extraction.candidates import Candidate
from runs.agents.extraction.contacts import find_contacts
from runs.agents.extraction.rows import Sheet, fold

_PAGES = 2
_GUESS = 0.65
_CONTACTS = 2
_SEPARATOR = re.compile(r"\s+[-·•|–;]\s+|\s*[·•|;]\s*")
_COMMON = frozenset(
    [
        "gmbh",
        "und",
        "and",
        "the",
        "der",
        "die",
        "das",
        "sarl",
        "sas",
        "ltd",
        "limited",
        "bv",
        "srl",
        "spa",
        "company",
        "group",
        "services",
        "service",
        "shop",
    ]
)
_CONTACT_LINE = re.compile(r"@|www\.|http|\btel|\bphone|\bfax|vat|ust|tva|btw|iva|siret|kvk|reg", re.IGNORECASE)


def find_owners(sheets: Sequence[Sheet], named: Sequence[Candidate]) -> list[Candidate]:
    """Give the seller's, the buyer's and the delivery address, and the names above them.

    ``named``: parties that labels have named already.
    """
    addresses = [address for sheet in sheets[:_PAGES] for address in find_addresses(sheet)]
    owned = list(_with_roles(sheets, addresses, named))
    found: list[Candidate] = []
    for role in ("seller", "buyer", "delivery"):
        best = next(((address, sure) for address, told, sure in owned if told == role), None)
        if best is not None:
            found += _candidates(best[0], role, best[1])
    return found


def _candidates(address: Address, role: str, sure: float) -> Iterator[Candidate]:
    first, *rest = address.lines
    text = ", ".join(_SEPARATOR.sub(", ", spot.raw.strip(" ,")) for spot in address.lines)
    yield Candidate(f"{role}_address", "address", text, first, sure, more=tuple(rest))
    if address.name is not None and role != "delivery" and (sure > _GUESS or role == "buyer"):
        yield Candidate(role, "party", _tidy(address.name.raw), address.name, sure)


def _tidy(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip(" ,;")


def _with_roles(
    sheets: Sequence[Sheet], addresses: Sequence[Address], named: Sequence[Candidate]
) -> Iterator[tuple[Address, str, float]]:
    """Give each address whose owner can be told, with the role and how sure it is, the surest first."""
    told: list[tuple[Address, str, float]] = []
    open_ones: list[Address] = []
    senders = [address for address in addresses if address.role == "sender"]
    seller_words = _own_words(sheets, senders, named)
    for address in addresses:
        if address.role == "sender":
            continue
        if address.role:
            told.append((address, address.role, 0.93 if address.name else 0.85))
        else:
            open_ones.append(address)
    told += [(address, "seller", 0.86) for address in senders[:1]]
    buyers = [candidate for candidate in named if candidate.name == "buyer"]
    for address in open_ones:
        name = fold(address.name.raw) if address.name else ""
        if buyers and name and name == fold(buyers[0].value):
            told.append((address, "buyer", 0.85))
        elif _is_named(address, seller_words):
            told.append((address, "seller", 0.86))
        elif sum(bool(_CONTACT_LINE.search(text)) for text in address.texts) >= _CONTACTS:
            told.append((address, "seller", 0.7))
    known = "|".join(_letters(address) for address, role, _ in told if role != "delivery")
    rest = [address for address in open_ones if _letters(address) not in known and not _is_bank(address)]
    roles = {role for _, role, _ in told}
    distinct = {_letters(address): address for address in reversed(rest)}
    has_seller = "seller" in roles or any(candidate.name == "seller" for candidate in named)
    if len(distinct) == 1 and "buyer" not in roles and has_seller:
        told.append((rest[0], "buyer", 0.82))
    elif len(distinct) == 1 and "buyer" in roles and not has_seller:
        told.append((rest[0], "seller", 0.65))
    elif len(distinct) == 2 and not roles & {"buyer", "seller"} and len(rest) == 2:
        told += [(rest[0], "seller", 0.6), (rest[1], "buyer", 0.6)]
    yield from sorted(told, key=lambda item: -item[2])


def _is_bank(address: Address) -> bool:
    """Whether an address is rather a bank's, where the invoice is to be paid."""
    return any(re.search(r"\bbank name|\bbank$|ifsc", fold(text)) for text in address.texts)


def _letters(address: Address) -> str:
    """Give what an address says, however its lines are parted."""
    return "".join(re.findall(r"\w+", fold("".join(spot.raw for spot in address.lines[:2]))))


def _own_words(sheets: Sequence[Sheet], senders: Sequence[Address], named: Sequence[Candidate]) -> set[str]:
    """Give the words that name the issuer: those of its addresses on the net, its line above the letter, its label."""
    words: set[str] = set()
    for sheet in () if senders else sheets[:_PAGES]:
        for cell in sheet.cells():
            for contact in find_contacts(cell.text, cell.folded):
                if contact.name in ("email", "url"):
                    domain = contact.value.split("@")[-1].removeprefix("https://").removeprefix("http://")
                    words.update(re.split(r"\W", domain.removeprefix("www.").split("/")[0].rsplit(".", 1)[0]))
    for address in senders:
        if address.name is not None:
            words.add("".join(re.findall(r"\w+", fold(address.name.raw))))
    for candidate in named:
        if candidate.name == "seller":
            words.add("".join(re.findall(r"\w+", fold(candidate.value))))
    return {word for word in words if len(word) > 3}


def _is_named(address: Address, words: set[str]) -> bool:
    """Whether an address is its issuer's, whose name is in a domain or beside a label."""
    if address.name is not None:
        name = [part for part in re.findall(r"\w+", fold(address.name.raw)) if part not in _COMMON and len(part) > 2]
        joined = "".join(name)
        if any(joined and (word in joined or joined in word) for word in words):
            return True
        if name and len(name[0]) > 4 and any(name[0] in word for word in words):
            return True
    return False


def merged(owners: Sequence[Candidate], named: Sequence[Candidate]) -> list[Candidate]:
    """Join what labels and addresses say of the parties: two that agree make each other surer."""
    joined: list[Candidate] = []
    for candidate in named:
        twin = next((other for other in owners if other.name == candidate.name and _agree(other, candidate)), None)
        joined.append(replace(candidate, confidence=0.95) if twin else candidate)
    return [*joined, *owners]


def _agree(one: Candidate, other: Candidate) -> bool:
    return fold(one.value).strip(" .,") == fold(other.value).strip(" .,")
