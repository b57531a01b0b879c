"""Word documents made to break their reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.documents.word_parts import paragraph, word_members
from tests.mutations.originals import LINES, archive

TEXT = "\n".join(LINES)

_TABLE = ("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>")
_STYLE_LOOP = "".join(
    f'<w:style w:styleId="{one}"><w:basedOn w:val="{other}"/></w:style>' for one, other in (("A", "B"), ("B", "A"))
)


def word(body: str, **parts: str) -> bytes:
    return archive(word_members(body, **parts))


def word_with(name: str, content: str | bytes) -> bytes:
    return archive({**word_members(paragraph(TEXT)), name: content})


def nested(opening: str, inner: str, closing: str, depth: int) -> str:
    return opening * depth + inner + closing * depth


WORD_DOCUMENTS: Mapping[str, Callable[[], bytes]] = {
    "bomb-of-a-picture.docx": lambda: word_with("word/media/a.bin", bytes(300_000_000)),
    "bomb-of-spaces.docx": lambda: word(paragraph(" " * 60_000_000)),
    "one-long-word.docx": lambda: word(paragraph("a" * 4_900_000)),
    "paragraphs.docx": lambda: word(paragraph("EUR 5.00") * 30_000),
    "elements.docx": lambda: word("<w:p/>" * 2_000_000),
    "tables-in-tables.docx": lambda: word(nested(_TABLE[0], paragraph(TEXT), _TABLE[1], 60)),
    "tables-beyond-depth.docx": lambda: word(nested(_TABLE[0], paragraph(TEXT), _TABLE[1], 20_000)),
    "text-boxes-in-text-boxes.docx": lambda: word(
        nested("<w:p><w:r><w:txbxContent>", paragraph(TEXT), "</w:txbxContent></w:r></w:p>", 60)
    ),
    "wide-cells.docx": lambda: word(
        "<w:tbl>"
        + '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="99999"/></w:tcPr></w:tc></w:tr>' * 20_000
        + "</w:tbl>"
        + paragraph(TEXT)
    ),
    "entities.docx": lambda: archive(
        {
            **word_members(""),
            "word/document.xml": '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
            + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
            + "]><x>&j;</x>",
        }
    ),
    "outside-entity.docx": lambda: archive(
        {**word_members(""), "word/document.xml": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'}
    ),
    "styles-in-circles.docx": lambda: word(paragraph(TEXT, '<w:pStyle w:val="A"/>'), styles=_STYLE_LOOP),
    "notes-in-circles.docx": lambda: word(
        paragraph(TEXT),
        footnotes='<w:footnote w:id="1"><w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p></w:footnote>',
    ),
    "targets-outside.docx": lambda: word_with(
        "word/_rels/document.xml.rels",
        '<Relationships><Relationship Id="a" Type="x/styles" Target="../../../../etc/passwd"/></Relationships>',
    ),
    "main-is-itself.docx": lambda: word_with(
        "_rels/.rels",
        '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="_rels/.rels"/></Relationships>',
    ),
    "members.docx": lambda: archive(
        {**word_members(paragraph(TEXT)), **{f"word/x{number}": b"" for number in range(20_000)}}
    ),
    "changes.docx": lambda: word(
        "<w:p>" + "".join(f'<w:ins w:author="A{n}"><w:r><w:t>x </w:t></w:r></w:ins>' for n in range(20_000)) + "</w:p>"
    ),
    "page-breaks.docx": lambda: word('<w:p><w:r><w:t>x</w:t><w:br w:type="page"/></w:r></w:p>' * 20_000),
}
