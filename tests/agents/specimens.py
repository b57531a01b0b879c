"""Documents that keep every rule of a bundled policy, and for every rule what breaks it."""

from __future__ import annotations

from collections.abc import Mapping

Fault = tuple[str, str]
"""What is written otherwise: a regular expression, and what stands in its place."""

CONTRACT = """Service Agreement

This Service Agreement is entered into between Alder & Finch Ltd, London ("Client") and Northwater Data GmbH, Kiel
("Provider"). Effective Date: 1 April 2026.

1. Term
This Agreement remains in force until 31 March 2028. It does not automatically renew.

2. Termination
Either party may terminate this Agreement on three months' notice. The right to terminate for cause remains.

3. Fees and Payment
The Client shall pay the fees. Invoices are payable within 30 days of receipt.

4. Limitation of Liability
The Provider's total liability shall not exceed the fees of one year. Nothing in this Agreement limits liability for
fraud.

5. Confidentiality
Each party shall keep confidential information secret.

6. Data Protection
Personal data is processed under a data processing agreement.

7. Force Majeure
Neither party answers for events beyond its control.

8. Governing Law and Jurisdiction
This Agreement is governed by the laws of England. The courts of London have exclusive jurisdiction.

Signed for and on behalf of the parties

Signature: ____________________
"""

CONTRACT_FAULTS: Mapping[str, Fault] = {
    "parties-named": (r"is entered into between .*\n.*\. Effective", "for all who care. Effective"),
    "effective-date": (r" Effective Date: 1 April 2026\.", ""),
    "not-expired": (r"until 31 March 2028", "Expiry date: 31 March 2020"),
    "term": (r"remains in force until 31 March 2028", "is an agreement"),
    "termination": (r"Either party may .*\n", "Nobody leaves.\n"),
    "governing-law": (r"(?i)govern(?:ing law|ed by the laws of England)", "weather"),
    "jurisdiction": (r"(?s)8\. Governing Law and Jurisdiction.*jurisdiction\.", ""),
    "liability-limited": (r"(?s)4\. Limitation of Liability.*fraud\.", ""),
    "no-unlimited-liability": (r"shall not exceed the fees of one year\. Nothing.*\nfraud", "is unlimited"),
    "no-endless-renewal": (r"does not automatically renew", "shall automatically renew"),
    "confidentiality": (r"(?s)5\. Confidentiality.*secret\.", ""),
    "payment-terms": (r"(?s)3\. Fees and Payment.*receipt\.", ""),
    "payment-days": (r"30 days", "120 days"),
    "data-protection": (r"(?s)6\. Data Protection\nPersonal data .*agreement\.", "Personal data is sold."),
    "force-majeure": (r"(?s)7\. Force Majeure.*control\.", ""),
    "signatures": (r"(?s)Signed for and.*", ""),
}

DPA = """Data Processing Agreement

between Alder & Finch Ltd ("Controller") and Northwater Data GmbH ("Processor").

1. Subject Matter and Duration
The subject matter is the hosting of the Controller's shop. The duration is that of the main contract.

2. Nature and Purpose
The nature and purpose of the processing is the storage of orders.

3. Types of Personal Data and Categories of Data Subjects
The types of personal data are names and addresses. The categories of data subjects are customers.

4. Instructions
The Processor processes personal data only on documented instructions from the Controller. It informs the Controller
immediately if an instruction infringes the GDPR.

5. Confidentiality
Persons authorised to process the data have committed themselves to confidentiality.

6. Security
The Processor takes technical and organisational measures as Article 32 demands.

7. Sub-processors
The Processor engages no sub-processor without prior written authorisation of the Controller. It imposes the same
obligations on every sub-processor by contract.

8. Assistance
The Processor assists the Controller in answering requests of data subjects.

9. Breaches
The Processor notifies the Controller of a personal data breach without undue delay and within 36 hours. It helps with
data protection impact assessments.

10. End
After the end of the services, the Processor deletes or returns all personal data at the choice of the Controller.

11. Audits
The Processor allows for audits by the Controller.

12. Transfers
Transfers to third countries are made under the standard contractual clauses alone. The Processor does not use the data
for its own purposes.
"""

DPA_GERMAN = """Vertrag zur Auftragsverarbeitung

zwischen der Ahorn Möbel AG (Verantwortlicher) und der Nordlicht Daten GmbH (Auftragsverarbeiter).

1. Gegenstand und Dauer
Gegenstand ist der Betrieb des Shops. Die Dauer entspricht der Laufzeit des Hauptvertrags.

2. Art und Zweck der Verarbeitung
Gespeichert werden Bestellungen.

3. Art der Daten und Kategorien betroffener Personen
Namen und Anschriften von Kunden.

4. Weisungen
Der Auftragsverarbeiter verarbeitet die Daten nur auf dokumentierte Weisung. Er informiert unverzüglich, wenn eine
Weisung gegen die DSGVO verstößt.

5. Vertraulichkeit
Die zur Verarbeitung befugten Personen sind zur Vertraulichkeit verpflichtet.

6. Sicherheit
Es gelten die technischen und organisatorischen Maßnahmen der Anlage.

7. Unterauftragsverarbeiter
Unterauftragsverarbeiter bedürfen der vorherigen Genehmigung. Ihnen werden dieselben Pflichten auferlegt, so dass jeder
Unterauftragsverarbeiter gebunden ist.

8. Unterstützung
Der Auftragsverarbeiter unterstützt den Verantwortlichen bei Anfragen betroffener Personen.

9. Meldungen
Eine Verletzung des Schutzes personenbezogener Daten meldet er unverzüglich, spätestens innerhalb von 24 Stunden. Bei
einer Datenschutz-Folgenabschätzung hilft er.

10. Beendigung
Nach Beendigung der Leistungen werden die Daten gelöscht oder zurückgegeben.

11. Kontrollrechte
Der Verantwortliche hat Kontrollrechte.

12. Drittländer
In ein Drittland wird nur auf Grundlage der Standardvertragsklauseln übermittelt. Der Auftragsverarbeiter verwendet die
Daten nicht für eigene Zwecke.
"""

DPA_FAULTS: Mapping[str, Fault] = {
    "roles": (r"(?i)(?:sub-)?processors?", "Helper"),
    "subject-and-duration": (r"(?i)duration", "weather"),
    "nature-and-purpose": (r"(?i)nature and purpose", "colour"),
    "kinds-of-data": (r"(?i)types of personal data", "things"),
    "data-subjects": (r"(?i)categories of data subjects", "people"),
    "documented-instructions": (r"only on documented instructions from the Controller", "as it sees fit"),
    "unlawful-instructions": (r"if an instruction infringes the GDPR", "of the weather"),
    "confidentiality-of-staff": (r"Persons authorised .*", "All is well."),
    "security": (r"technical and organisational measures as Article 32 demands", "care"),
    "sub-processors-authorised": (r"engages no sub-processor without .*Controller\.", "engages every sub-processor."),
    "sub-processors-bound": (r"It imposes the same\nobligations on every sub-processor by contract\.", ""),
    "rights-of-data-subjects": (r"in answering requests of data subjects", "at all times"),
    "breach-notice": (r"without undue delay and within 36 hours", "when convenient"),
    "breach-hours": (r"36 hours", "ninety-six (96) hours"),
    "impact-assessments": (r"data protection impact assessments", "the garden"),
    "deletion-or-return": (r"deletes or returns all personal data at", "keeps everything at"),
    "audits": (r"(?i)audits", "visits"),
    "transfers": (r"under the standard contractual clauses alone", "as needed"),
    "no-purposes-of-its-own": (
        r"does not use the data\nfor its own purposes",
        "may use the data for its own purposes",
    ),
}

NDA = """Mutual Non-Disclosure Agreement

between Alder & Finch Ltd, London, and Northwater Data GmbH, Kiel. Each party may be the disclosing party and the
receiving party.

1. Definition
"Confidential Information" means all information that is marked as confidential or is so by its nature.

2. Purpose
The receiving party shall use it only for the purpose of the talks.

3. Duty
The receiving party shall keep the information confidential and shall not disclose it to anybody else.

4. Exceptions
This does not apply to what is in the public domain, was already known, or was independently developed.

5. Disclosure by Law
What must be disclosed because the law requires it may be disclosed, after notice.

6. Employees
Only employees who need to know may see the information. They are bound by obligations no less restrictive.

7. Term
These duties remain for five (5) years after the end of the talks.

8. Return
On request, all copies are returned or destroyed.

9. No Licence
No licence or other right is granted. Nothing in this agreement is a non-compete.

10. Governing Law
This Agreement is governed by the laws of England.

Signature: ____________________
"""

NDA_GERMAN = """Geheimhaltungsvereinbarung

zwischen der Ahorn Möbel AG, Zürich, als Informationsgeber und der Nordlicht Daten GmbH, Kiel, als
Informationsempfänger.

1. Begriff: Vertrauliche Informationen sind alle Angaben, die als vertraulich gekennzeichnet sind.

2. Zweck: Sie dürfen ausschließlich für den Zweck der Gespräche verwendet werden.

3. Pflicht: Der Empfänger hat sie geheim zu halten und nicht an Dritte weiterzugeben.

4. Ausnahmen: Das gilt nicht für das, was öffentlich bekannt ist.

5. Gesetzliche Pflichten
Wer gesetzlich zur Offenlegung verpflichtet ist, darf offenlegen.

6. Mitarbeiter
Nur Mitarbeiter, die sie kennen müssen, erhalten Zugang.

7. Dauer
Die Pflichten gelten für 5 Jahre.

8. Rückgabe
Unterlagen sind auf Verlangen zu vernichten.

9. Keine Lizenz
Es werden keine Lizenzen erteilt.

10. Recht
Es gilt deutsches Recht.

Ort, Datum: ____________________   Unterschrift: ____________________
"""

NDA_FAULTS: Mapping[str, Fault] = {
    "parties": (r"(?i)Each party may|(?:disclosing|receiving) party", "somebody"),
    "definition": (r'"Confidential Information" means .*', "All is clear."),
    "purpose": (r"shall use it only for the purpose of the talks", "may use it"),
    "duty": (r"shall keep the information confidential and shall not disclose it to anybody else", "is free"),
    "exclusions": (r"This does not apply to .*", "There are none."),
    "compelled-disclosure": (r"What must be disclosed .*", "There is none."),
    "need-to-know": (r"Only employees .*", "Everybody may look."),
    "duration": (r"five \(5\) years after the end of the talks", "a while"),
    "years": (r"five \(5\) years", "thirty (30) years"),
    "return-or-destruction": (r"On request, all copies are returned or destroyed\.", "They stay."),
    "no-licence": (r"No licence or other right is granted\. Nothing in this agreement is a non-compete\.", "Fine."),
    "governing-law": (r"(?s)10\. Governing Law.*England\.", ""),
    "signatures": (r"Signature: _+", ""),
    "no-non-compete": (
        r"Nothing in this agreement is a non-compete",
        "The receiving party shall not compete with the other",
    ),
    "no-ban-on-hiring": (r"On request,", "The parties shall not hire each other's people. On request,"),
    "no-penalty-without-fault": (
        r"On request,",
        "Each breach costs a contractual penalty of 50,000 euros. On request,",
    ),
}

INVOICE = """INVOICE

Seller: Northwater Data GmbH, Hafenstr. 1, 24103 Kiel, Germany
VAT ID: DE136695976
Bill to: Alder & Finch Ltd, 1 High Street, London

Invoice number: 2026-0117
Invoice date: 1 March 2026
Delivery date: 27 February 2026
Due date: 31 March 2026

Description        Quantity   Price
Consulting hours   10         100.00

Net total: EUR 1,000.00
VAT 19%: EUR 190.00
Total: EUR 1,190.00

IBAN: DE89 3704 0044 0532 0130 00
"""

INVOICE_GERMAN = """Rechnung

Verkäufer: Nordlicht Daten GmbH, Hafenstr. 1, 24103 Kiel
USt-IdNr.: DE136695976
Rechnungsempfänger: Ahorn Möbel AG, Bahnhofstr. 2, 8001 Zürich

Rechnungsnummer: 2026-0117
Rechnungsdatum: 01.03.2026
Lieferdatum: 27.02.2026
Fällig am: 31.03.2026

Beratung, Menge 10: 100,00

Nettobetrag: 1.000,00 EUR
MwSt. 19%: 190,00 EUR
Gesamtbetrag: 1.190,00 EUR

IBAN: DE89 3704 0044 0532 0130 00
"""

INVOICE_FAULTS: Mapping[str, Fault] = {
    "is-an-invoice": (r"(?i)invoice", "paper"),
    "not-something-else": (r"^INVOICE", "PRO FORMA INVOICE"),
    "no-copy": (r"^INVOICE", "INVOICE\nCopy"),
    "invoice-number": (r"Invoice number: .*\n", ""),
    "one-invoice-number": (r"(Invoice number: .*)\n", r"\1\nInvoice number: 2026-0118\n"),
    "invoice-date": (r"Invoice date: .*\n", ""),
    "not-from-the-future": (r"Invoice date: 1 March 2026", "Invoice date: 1 March 2027"),
    "not-older-than-a-year": (r"Invoice date: 1 March 2026", "Invoice date: 1 March 2020"),
    "seller": (r"Seller: .*\n", ""),
    "buyer": (r"Bill to: .*\n", ""),
    "tax-number": (r"VAT ID: .*\n", ""),
    "vat-number-proves-itself": (r"DE136695976", "DE136695977"),
    "description": (r"(?s)Description.*100\.00\n", ""),
    "supply-date": (r"Delivery date: .*\n", ""),
    "total": (r"Total: EUR 1,190.00", ""),
    "one-total": (r"(Total: EUR 1,190.00)", r"\1\n\nTotal: EUR 2,380.00"),
    "sums-add-up": (r"Total: EUR 1,190.00", "Total: EUR 1,200.00"),
    "tax-is-plausible": (r"VAT 19%: EUR 190.00\nTotal: EUR 1,190.00", "VAT 19%: EUR 290.00\nTotal: EUR 1,290.00"),
    "tax-rate": (r" 19%", ""),
    "reverse-charge-without-tax": (r"^INVOICE", "INVOICE\nReverse charge"),
    "payment-terms": (r"Due date: .*\n", ""),
    "due-after-invoice": (r"Due date: .*", "Due date: 1 February 2026"),
    "due-within-sixty-days": (r"Due date: .*", "Due date: 1 December 2026"),
    "not-overdue": (r"Due date: .*", "Due date: 2 March 2026"),
    "account-number": (r"0130 00", "0130 01"),
    "one-account": (
        r"(IBAN: .*)",
        r"\1\nIBAN: NL91 ABNA 0417 1643 00\nIBAN: ES91 2100 0418 4502 0005 1332\nIBAN: BE68 5390 0754 7034",
    ),
}
