"""What invoices of nine languages say: the words of the invoices that ``invoice_making`` makes.

Written as people of those languages write invoices, not taken from what the extractor knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Words:
    """A language's words; where several are given, an invoice uses one of them."""

    code: str
    title: str
    number: tuple[str, ...]
    date: tuple[str, ...]
    due: tuple[str, ...]
    customer: tuple[str, ...]
    order: tuple[str, ...]
    heads: tuple[str, str, str, str, str]  # description, quantity, unit price, tax rate, amount
    net: tuple[str, ...]
    tax: tuple[str, ...]
    total: tuple[str, ...]
    terms: str
    bill_to: str
    vat_id: str
    vat: str
    iban: str
    phone: str
    currency: str
    rates: tuple[int, ...]
    seller: tuple[str, str, str]
    buyers: tuple[tuple[str, str, str], ...]
    items: tuple[str, ...]
    months: tuple[str, ...]
    date_forms: tuple[str, ...]
    decimal: str = ","
    thousands: str = "."
    site: str = field(default="")


def _w(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


ENGLISH = Words(
    "en", "INVOICE", _w("Invoice number|Invoice no.|Invoice #"), _w("Invoice date|Date of issue|Date"),
    _w("Due date|Payment due|Due"), _w("Customer number|Client no.|Customer ID"), _w("Order number|PO number|Your order no."),
    ("Description", "Qty", "Unit price", "VAT %", "Amount"), _w("Subtotal|Net total|Total excl. VAT"),
    _w("VAT {rate}%|VAT ({rate}%)|VAT @ {rate}%"), _w("Total|Total due|Invoice total|Total incl. VAT"),
    "Payment terms: {days} days net", "Bill to", "VAT number", "GB980780684", "GB29 NWBK 6016 1331 9268 19", "Phone +44 20 7946 0958",
    "GBP", (20, 5), ("Marlowe Fittings Ltd", "14 Harbour Street", "Bristol BS1 4QA"),
    (("Ashdown Dental Practice", "7 Mill Lane", "Lewes BN7 2DD"), ("Penrose & Co", "220 Oxford Road", "Reading RG1 7QP")),
    _w("Brass hinges|Delivery and fitting|Annual maintenance plan|Oak shelf 80 cm|Consulting, March"),
    _w("January|February|March|April|May|June|July|August|September|October|November|December"),
    ("{d} {month} {y}", "{dd}/{mm}/{y}", "{month} {d}, {y}"), ".", ",", "www.marlowe-fittings.co.uk",
)  # fmt: skip
GERMAN = Words(
    "de", "Rechnung", _w("Rechnungsnummer|Rechnungs-Nr.|Rechnung Nr.|Belegnummer"), _w("Rechnungsdatum|Datum|Belegdatum"),
    _w("Fällig am|Zahlbar bis|Fälligkeitsdatum"), _w("Kundennummer|Kunden-Nr.|Kd.-Nr."), _w("Auftragsnummer|Bestellnummer|Ihre Bestellung Nr."),
    ("Bezeichnung", "Menge", "Einzelpreis", "MwSt. %", "Gesamt"), _w("Nettobetrag|Zwischensumme (netto)|Summe netto"),
    _w("MwSt. {rate} %|zzgl. {rate}% USt.|Umsatzsteuer {rate}%"), _w("Gesamtbetrag|Rechnungsbetrag|Endbetrag brutto|Zu zahlender Betrag"),
    "Zahlungsbedingungen: {days} Tage netto ohne Abzug", "Rechnungsempfänger", "USt-IdNr.", "DE136695976", "DE89 3704 0044 0532 0130 00",
    "Telefon: 030 90298 4410", "EUR", (19, 7), ("Feldmann Bürobedarf GmbH", "Lindenallee 27", "10405 Berlin"),
    (("Praxis Dr. Sommer", "Am Markt 3", "04109 Leipzig"), ("Holzbau Krüger KG", "Industriestraße 112", "70565 Stuttgart")),
    _w("Kopierpapier A4|Bürostuhl Modell Linz|Wartungspauschale|Toner schwarz|Schreibtisch 160 x 80"),
    _w("Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"),
    ("{dd}.{mm}.{y}", "{d}. {month} {y}", "{dd}.{mm}.{yy}"), ",", ".", "www.feldmann-buerobedarf.de",
)  # fmt: skip
FRENCH = Words(
    "fr", "FACTURE", _w("Facture n°|Numéro de facture|N° de facture"), _w("Date de facture|Date|Date d'émission"),
    _w("Date d'échéance|Échéance|À régler avant le"), _w("N° client|Code client|Référence client"), _w("N° de commande|Commande n°|Bon de commande n°"),
    ("Désignation", "Qté", "P.U. HT", "TVA %", "Montant HT"), _w("Total HT|Montant total HT|Total hors taxes"),
    _w("TVA {rate} %|TVA ({rate}%)|Montant TVA {rate}%"), _w("Total TTC|Net à payer|Montant TTC|Total à payer TTC"),
    "Conditions de paiement : {days} jours net", "Facturé à", "N° TVA", "FR40303265045", "FR14 2004 1010 0505 0001 3M02 606",
    "Tél. : 04 78 42 11 93", "EUR", (20, 10), ("Atelier Vasseur SARL", "18 rue des Tanneurs", "69005 Lyon"),
    (("Librairie du Parc", "3 avenue Foch", "38000 Grenoble"), ("Menuiserie Lambert SAS", "45 bis chemin des Vignes", "21200 Beaune")),
    _w("Reliure cuir|Panneau chêne 40 mm|Forfait déplacement|Vernis mat 1 L|Main d'oeuvre"),
    _w("janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"),
    ("{dd}/{mm}/{y}", "{d} {month} {y}", "{dd}.{mm}.{y}"), ",", " ", "www.atelier-vasseur.fr",
)  # fmt: skip
DUTCH = Words(
    "nl", "FACTUUR", _w("Factuurnummer|Factuurnr.|Factuur nr."), _w("Factuurdatum|Datum"), _w("Vervaldatum|Te betalen voor|Uiterste betaaldatum"),
    _w("Klantnummer|Debiteurnummer|Klantnr."), _w("Ordernummer|Bestelnummer|Uw bestelnr."),
    ("Omschrijving", "Aantal", "Prijs", "BTW %", "Bedrag"), _w("Subtotaal|Totaal excl. BTW|Bedrag excl. btw"),
    _w("BTW {rate}%|{rate}% BTW|Btw hoog {rate}%"), _w("Totaal incl. BTW|Totaal te betalen|Factuurbedrag|Totaal"),
    "Betalingstermijn: {days} dagen", "Factuuradres", "BTW-nummer", "NL004495445B01", "NL91 ABNA 0417 1643 00", "Tel. 020 624 1188", "EUR",
    (21, 9), ("Van Houten Fietsen B.V.", "Prinsengracht 263", "1016 GV Amsterdam"),
    (("Bakkerij De Korenaar", "Dorpsstraat 8", "3511 LN Utrecht"), ("J. de Vries", "Kerkweg 91", "9712 AB Groningen")),
    _w("Fietsband 28 inch|Onderhoudsbeurt|Verlichting set|Kettingslot|Arbeid per uur"),
    _w("januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"),
    ("{dd}-{mm}-{y}", "{d} {month} {y}", "{dd}/{mm}/{y}"), ",", ".", "www.vanhouten-fietsen.nl",
)  # fmt: skip
SPANISH = Words(
    "es", "FACTURA", _w("Nº de factura|Número de factura|Factura nº"), _w("Fecha de factura|Fecha|Fecha de emisión"),
    _w("Fecha de vencimiento|Vencimiento|Fecha límite de pago"), _w("Nº de cliente|Código de cliente|Cliente nº"), _w("Nº de pedido|Pedido nº|Su pedido nº"),
    ("Descripción", "Cantidad", "Precio", "IVA %", "Importe"), _w("Base imponible|Subtotal|Total sin IVA"),
    _w("IVA {rate}%|I.V.A. ({rate}%)|Cuota IVA {rate}%"), _w("Total|Total a pagar|Total factura|Importe total"),
    "Condiciones de pago: {days} días", "Facturar a", "NIF-IVA", "ESB58378431", "ES91 2100 0418 4502 0005 1332", "Tel. 93 412 05 77", "EUR",
    (21, 10), ("Cerámicas Rovira S.L.", "Calle Mayor 54", "08003 Barcelona"),
    (("Hotel Miramar", "Paseo Marítimo 12", "29016 Málaga"), ("Talleres Ibarra S.A.", "Avenida de la Paz 77", "48009 Bilbao")),
    _w("Azulejo azul 20x20|Transporte|Mano de obra|Cemento cola 25 kg|Jarrón pintado"),
    _w("enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"),
    ("{dd}/{mm}/{y}", "{d} de {month} de {y}", "{dd}-{mm}-{y}"), ",", ".", "www.ceramicasrovira.es",
)  # fmt: skip
ITALIAN = Words(
    "it", "FATTURA", _w("Fattura n.|Numero fattura|N. fattura"), _w("Data fattura|Data|Data documento"), _w("Scadenza|Data scadenza|Da pagare entro il"),
    _w("Codice cliente|N. cliente|Cliente n."), _w("Numero ordine|Ordine n.|Vs. ordine n."),
    ("Descrizione", "Quantità", "Prezzo", "IVA %", "Importo"), _w("Imponibile|Totale imponibile|Totale netto"),
    _w("IVA {rate}%|Imposta {rate}%|Totale IVA {rate}%"), _w("Totale fattura|Totale documento|Totale da pagare|Totale"),
    "Condizioni di pagamento: {days} giorni", "Destinatario", "Partita IVA", "IT00743110157", "IT60 X054 2811 1010 0000 0123 456",
    "Tel. 02 4801 7733", "EUR", (22, 10), ("Officine Bellini S.r.l.", "Via Garibaldi 31", "20121 Milano"),
    (("Trattoria da Nino", "Piazza Dante 4", "80135 Napoli"), ("Studio Ferri S.n.c.", "Corso Umberto 150", "10128 Torino")),
    _w("Revisione pompa|Guarnizione 40 mm|Manodopera|Trasporto e imballo|Filtro olio"),
    _w("gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre"),
    ("{dd}/{mm}/{y}", "{d} {month} {y}", "{dd}.{mm}.{y}"), ",", ".", "www.officinebellini.it",
)  # fmt: skip
PORTUGUESE = Words(
    "pt", "FATURA", _w("Fatura n.º|Número da fatura|N.º da fatura"), _w("Data da fatura|Data de emissão|Data"), _w("Data de vencimento|Vencimento"),
    _w("N.º de cliente|Código do cliente"), _w("N.º de encomenda|Encomenda n.º"), ("Descrição", "Qtd.", "Preço unit.", "IVA %", "Valor"),
    _w("Total sem IVA|Subtotal"), _w("IVA {rate}%|IVA ({rate}%)"), _w("Total a pagar|Total com IVA|Total"),
    "Condições de pagamento: {days} dias", "Faturar a", "NIF", "PT501964843", "PT50 0002 0123 1234 5678 9015 4", "Tel. 213 887 410", "EUR",
    (23, 6), ("Oficina Tavares Lda", "Rua do Carmo 9", "1200-093 Lisboa"), (("Café Central", "Avenida da República 55", "4000-322 Porto"),),
    _w("Revisão anual|Óleo de motor|Mão de obra|Pneu 195/65"),
    _w("janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro"),
    ("{dd}/{mm}/{y}", "{d} de {month} de {y}", "{y}-{mm}-{dd}"), ",", ".", "www.oficinatavares.pt",
)  # fmt: skip
POLISH = Words(
    "pl", "Faktura VAT", _w("Numer faktury|Faktura VAT nr|Nr faktury"), _w("Data wystawienia|Data faktury"), _w("Termin płatności|Płatne do"),
    _w("Nr klienta|Numer klienta"), _w("Nr zamówienia|Numer zamówienia"), ("Nazwa", "Ilość", "Cena netto", "VAT %", "Wartość"),
    _w("Razem netto|Wartość netto"), _w("VAT {rate}%|Kwota VAT {rate}%"), _w("Do zapłaty|Razem brutto|Suma brutto"),
    "Termin płatności: {days} dni", "Nabywca", "VAT UE", "PL8567346215", "PL61 1090 1014 0000 0712 1981 2874", "Tel. 22 635 10 48", "PLN",
    (23, 8), ("Drukarnia Wisła Sp. z o.o.", "ul. Długa 44", "00-238 Warszawa"), (("Apteka Pod Lwem", "ul. Szewska 12", "31-009 Kraków"),),
    _w("Wizytówki 500 szt.|Druk plakatów A2|Projekt graficzny|Oprawa"),
    _w("stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia"),
    ("{dd}.{mm}.{y}", "{d} {month} {y}", "{y}-{mm}-{dd}"), ",", " ", "www.drukarniawisla.pl",
)  # fmt: skip
SWEDISH = Words(
    "sv", "FAKTURA", _w("Fakturanummer|Fakturanr"), _w("Fakturadatum|Datum"), _w("Förfallodatum|Förfallodag"), _w("Kundnummer|Kundnr"),
    _w("Ordernummer|Ordernr"), ("Benämning", "Antal", "À-pris", "Moms %", "Belopp"), _w("Summa exkl. moms|Delsumma|Netto"),
    _w("Moms {rate}%|Moms ({rate} %)"), _w("Att betala|Summa att betala|Totalt inkl. moms"), "Betalningsvillkor: {days} dagar netto",
    "Fakturaadress", "Momsreg.nr", "SE556188840401", "SE45 5000 0000 0583 9825 7466", "Tel. 08 650 12 34", "SEK", (25, 12),
    ("Norrlands Båtvarv AB", "Hamngatan 6", "111 47 Stockholm"), (("Café Lyktan", "Storgatan 21", "903 26 Umeå"),),
    _w("Båtlack 3 liter|Vinterförvaring|Arbete per timme|Fender"),
    _w("januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december"),
    ("{y}-{mm}-{dd}", "{d} {month} {y}"), ",", " ", "www.norrlandsbatvarv.se",
)  # fmt: skip
LANGUAGES = (ENGLISH, GERMAN, FRENCH, DUTCH, SPANISH, ITALIAN, PORTUGUESE, POLISH, SWEDISH)
