"""Which language a text is in, told by its commonest words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

EVIDENCE_SIZE = 20_000
"""How many characters are looked at."""

_COMMON_WORDS = {
    "en": "the of and to in for is this that with on you your by are be or at from as it not have any invoice "
    "date due amount number address description quantity price payment total bill page please",
    "de": "der die das und ist von mit fur auf den im zu des dem eine ein nicht sie wir bei nach aus bitte rechnung "
    "betrag datum menge preis zahlung seite tel nummer kunde bezeichnung unser ihre uhr mwst summe",
    "fr": "le la les des du de et est pour une un dans au aux par sur vous votre nous ce qui que facture montant date "
    "prix paiement adresse total client numero page ou en tva ttc ht designation quantite",
    "nl": "de het een van en is voor op met te niet wij u uw bij aan zijn dat deze factuur bedrag datum aantal prijs "
    "betaling klant nummer btw omschrijving totaal artikel pagina adres",
    "es": "el la los las de del y es para por un una en con su se que no factura importe fecha precio cantidad total "
    "cliente numero pago direccion iva nif cif descripcion pagina",
    "it": "il lo la i gli le di del della e per un una in con che non si da al fattura importo data prezzo quantita "
    "totale cliente numero pagamento indirizzo iva codice descrizione pagina imponibile",
}


def _words_of_one_language() -> dict[str, frozenset[str]]:
    known = {language: frozenset(words.split()) for language, words in _COMMON_WORDS.items()}
    return {
        language: words.difference(*(others for name, others in known.items() if name != language))
        for language, words in known.items()
    }


_TELLING_WORDS = _words_of_one_language()


def language_of(texts: Iterable[str]) -> str | None:
    """Guess which language a document's pages are in, as an ISO 639-1 code; None when there is too little to tell."""
    evidence = ""
    for text in texts:
        evidence += text[: EVIDENCE_SIZE - len(evidence)] + "\n"
        if len(evidence) > EVIDENCE_SIZE:
            break
    return guess_language(unicodedata.normalize("NFD", evidence.lower()).encode("ascii", "ignore").decode())


def guess_language(folded: str) -> str | None:
    """Guess which of six languages a text is in by its commonest words; None when there is too little to tell."""
    counts = Counter(re.findall(r"[a-z]+", folded))
    scores = {
        language: sum(min(counts[word], 50) for word in words.split()) for language, words in _COMMON_WORDS.items()
    }
    # Words that only one language has weigh more than those that several share.
    for language, words in _TELLING_WORDS.items():
        scores[language] += sum(2 * min(counts[word], 50) for word in words)
    (best, score), (_, second) = sorted(scores.items(), key=lambda item: -item[1])[:2]
    return best if score >= 4 and score > second * 1.1 else None
