"""The words beside dates.

Patterns are matched against folded text: lower case, no accents (see ``rows.fold``).
"""

from __future__ import annotations

from runs.agents.extraction.label_rules import LabelRule

_OF = r"(?:de la |della |del |dell'|de l'|de |du |di |d'|of )?"

RULES: tuple[LabelRule, ...] = (
    LabelRule(
        "invoice_date",
        "date",
        1.0,
        (
            r"tax point(?: date)?|(?:invoice|bill(?:ing)?|tax invoice|receipt)\s?(?:issue )?date|(?:invoice"
            r"|bill) (?:issued|dated)"
            r"|date\s?(?:of )?(?:invoice|issue)|issued? (?:date|on)|date issued|issued(?=\s?:)"
            r"|(?:rechnungs?|beleg|ausstellungs)\s?-?\s?datum|(?:factuur|facturatie)\s?-?\s?datum"
            rf"|date\s?{_OF}(?:la )?(?:facture|facturation|emission|edition)|facture du|emise? le"
            rf"|fecha\s?{_OF}(?:la )?(?:factura|emision|expedicion)|emitid[ao] el"
            rf"|data\s?{_OF}(?:la )?(?:fattura|emissione|documento)|fattura del"
        ),
    ),
    LabelRule("invoice_date", "date", 0.5, r"(?:date|dated|datum|fecha|data|le|den|vom|del|du|of)"),
    LabelRule(
        "due_date",
        "date",
        1.0,
        (
            r"(?:payment |invoice |bill )?due\s?(?:date|on|by)?|date due|(?:please )?pay(?:able|ment)? (?:by|before"
            r"|until)"
            r"|(?:netto|zahlbar) bis(?: zum)?|[a-z]*betrag[^.;]{0,40} wird am|(?:abgebucht|eingezogen|abbuchung"
            r"|lastschrift) (?:am|zum)"
            r"|vto\b\.?|soit le|prelevement (?:le|au|du)|preleve le|(?:wordt|incasso) (?:rond |op )+"
            r"|(?:will be )?(?:debited"
            r"|collected) on"
            r"|payment deadline|falligkeits?\s?-?(?:datum|tag)?|fallig(?:keit)?(?: am| bis(?: zum)?| zum)?"
            r"|(?:zahlbar|zu zahlen|zahlung|uberweis\w+) (?:bis|spatestens|am)(?: zum| am)?|zahlungsziel"
            r"|zahlungstermin"
            r"|zahlungsfrist|faelligkeits?datum|faellig(?: am)?"
            r"|date (?:limite )?(?:de |d')(?:paiement|echeance|reglement)(?: le)?|echeance(?: le| au)?"
            r"|(?:a payer|a regler|payable) (?:avant|le|au plus tard)(?: le)?|date limite(?: de paiement)?"
            r"|verval(?:datum|dag)|(?:uiterste )?betaaldatum|(?:te )?betalen (?:voor|tot)|betalen uiterlijk(?: op)?"
            r"|(?:fecha (?:de )?)?vencimiento|fecha limite(?: de pago)?|vence(?: el)?|pagar antes del?"
            r"|(?:data (?:di )?)?scadenza|scade(?: il)?|(?:da )?pagare entro(?: il)?|entro il"
        ),
    ),
    LabelRule(
        "delivery_date",
        "date",
        0.9,
        (
            r"(?:delivery|shipping|ship|service|supply) date|date of (?:delivery|supply|service)"
            r"|(?:liefer|leistungs|versand)\s?-?datum|(?:lever|verzend)datum|date (?:de )?livraison"
            r"|fecha (?:de )?(?:entrega|operacion)|data (?:di )?consegna"
        ),
    ),
    LabelRule(
        "order_date",
        "date",
        0.9,
        (
            r"(?:order|purchase) date|date of order|bestell?datum|auftragsdatum|orderdatum|besteldatum"
            r"|date (?:de )?commande|fecha (?:de(?:l)? )?pedido|data (?:dell'|d')?ordine"
        ),
    ),
    LabelRule(
        "effective_date",
        "date",
        0.9,
        (
            r"effective (?:date|as of|from)|commencement date|start date|commencing on|with effect from"
            r"|(?:in kraft (?:ab|seit|am)|beginn(?:t)?(?: am| ab)?|gultig (?:ab|vom))|(?:prend effet"
            r"|entre en vigueur) le"
            r"|date (?:d')?(?:effet|entree en vigueur)|ingangsdatum|ingaande(?: op)?|fecha de (?:inicio|efecto)"
            r"|data di (?:decorrenza|inizio|efficacia)|decorrenza|entrada en vigor"
        ),
    ),
    LabelRule(
        "expiry_date",
        "date",
        0.9,
        (
            r"expir(?:y|ation) date|expires?(?: on)?|end date|valid (?:until|through|to)|termination date"
            r"|gultig bis(?: zum)?|endet am|vertragsende|ablaufdatum|einddatum|geldig tot|date d'expiration"
            r"|valable jusqu'au|date de fin|fecha de (?:fin|caducidad)|valido hasta|data di (?:fine"
            r"|scadenza contratto)"
        ),
    ),
)
