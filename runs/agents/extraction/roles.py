"""The words that name who sells, who buys and where is delivered to.

To teach another language, add its words to ``_WORDS`` (folded: lower case, no accents).
"""

from __future__ import annotations

import re

_WORDS = {
    "delivery": (
        r"ship(?:ped|ping)? ?(?:to|address)|deliver(?:y|ed) ?(?:to|address)|lieferadresse|lieferanschrift"
        r"|warenempfanger"
        r"|adresse de livraison|livre a|afleveradres|bezorgadres|direccion de (?:envio|entrega)|indirizzo di consegna"
        r"|luogo di (?:consegna|destinazione)|destinazione|leveransadress|adres dostawy|odbiorca|morada de entrega"
    ),
    "buyer": (
        r"bill(?:ed|ing)?[ -]?(?:to|address)(?: address)?|invoiced? (?:to|address)|sold to|customer|client|buyer"
        r"|purchaser|recipient"
        r"|rechnung an|rechnungs?(?:adresse|empfanger|anschrift)|auftraggeber|kunde|kaufer|leistungsempfanger"
        r"|empfanger"
        r"|factures? a|adresse de facturation|destinataire|acheteur|abonne|nom de l'abonne|(?:factuur|klant)adres"
        r"|factuur (?:aan|voor)"
        r"|klant|afnemer|koper|facturar a|facturado a|datos del cliente|cliente|comprador|destinatario|adquirente"
        r"|faturar a"
        r"|cessionario(?:/committente)?|committente|spett\.?(?:le|abile)?|intestat[oa] a|acquirente|fakturaadress"
        r"|kund|kopare"
        r"|nabywca|odberatel|zakaznik"
    ),
    "seller": (
        r"from|seller|vendor|supplier|sold by|issued by|(?:service )?provider|remit to|payable to|payee|biller"
        r"|rechnungs?(?:steller|ersteller)"
        r"|lieferant|verkaufer|auftragnehmer|leistungserbringer|absender|kontoinhaber|vendeur|fournisseur|emetteur"
        r"|prestataire"
        r"|leverancier|verkoper|afzender|opdrachtnemer|proveedor|vendedor|emisor|fornitore|cedente(?:/prestatore)?"
        r"|prestatore"
        r"|emittente|venditore|mittente|sprzedawca|wystawca|saljare|leverantor|avsandare|fornecedor|emitente"
        r"|dodavatel|poskytovatel"
    ),
}
ROLES = {role: re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z])") for role, words in _WORDS.items()}
"""What announces each role, the first that fits counting."""
