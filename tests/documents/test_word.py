"""What Word documents hold beside plain paragraphs: lists, changes, comments, merged cells, templates."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from runs.documents import UnreadableDocument, read, sniff, word_package
from runs.documents.kinds import DOCM, DOCX, DOTM, DOTX
from tests.documents.word_parts import paragraph, word_parts

NUMBERING = """
<w:abstractNum w:abstractNumId="0">
  <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
  <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>
  <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%3)"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="1">
  <w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="·"/></w:lvl>
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3">
  <w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>
</w:num>
"""


def numbered(text: str, level: int = 0, number: int = 1) -> str:
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def test_numbers_of_lists_are_text_as_they_are_seen(tmp_path: Path) -> None:
    body = [
        numbered("Scope"), numbered("Services", 1), numbered("here", 2), numbered("there", 2), numbered("Places", 1),
        numbered("Payment"), numbered("Terms", 1), numbered("a point", 0, 2), numbered("Restarted", 0, 3),
        numbered("Goes on", 0, 3), paragraph("Plain"), numbered("None", 0, 0),
    ]  # fmt: skip
    path = word_parts(tmp_path / "x.docx", "".join(body), numbering=NUMBERING)
    assert read(path).pages[0].text.split("\n") == [
        "1. Scope", "1.1 Services", "(a) here", "(b) there", "1.2 Places", "2. Payment", "2.1 Terms", "• a point",
        "5. Restarted", "6. Goes on", "Plain", "None",
    ]  # fmt: skip


def test_headings_take_their_number_from_their_style_and_stand_apart(tmp_path: Path) -> None:
    styles = (
        '<w:style w:styleId="H1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
        "</w:style>"
        '<w:style w:styleId="H1b"><w:name w:val="Mine"/><w:basedOn w:val="H1"/></w:style>'
    )
    body = paragraph("Before") + paragraph("Scope", '<w:pStyle w:val="H1"/>') + paragraph("Text")
    body += paragraph("Liability", '<w:pStyle w:val="H1b"/>')
    path = word_parts(tmp_path / "x.docx", body, numbering=NUMBERING, styles=styles)
    assert read(path).pages[0].text == "Before\n\n1. Scope\nText\n2. Liability"


def test_tracked_changes_are_read_as_accepted_and_named(tmp_path: Path) -> None:
    ann, bob = 'w:author="Ann" w:date="2024-05-03T10:00:00Z"', 'w:author="Bob" w:date="2024-05-04T10:00:00Z"'
    body = (
        f"<w:p><w:r><w:t>The cap is </w:t></w:r><w:del {ann}><w:r><w:delText>ten</w:delText></w:r></w:del>"
        f"<w:ins {ann}><w:r><w:t>twenty</w:t></w:r></w:ins><w:ins {ann}><w:r><w:t> thousand</w:t></w:r></w:ins>"
        f"<w:r><w:t> euros.</w:t></w:r></w:p>"
        f"<w:p><w:pPr><w:rPr><w:del {bob}/></w:rPr></w:pPr><w:r><w:t>Joined </w:t></w:r></w:p>" + paragraph("lines")
    )
    reading = read(word_parts(tmp_path / "x.docx", body))
    assert reading.text == "The cap is twenty thousand euros.\nJoined lines"
    (warning,) = reading.warnings
    assert warning.startswith("The document has 3 tracked changes by Ann and Bob (2 deletions and 1 insertion): what")


def test_comments_and_hidden_text_are_named_and_not_read(tmp_path: Path) -> None:
    comments = f'<w:comment w:id="1" w:author="Ann">{paragraph("Too low!")}</w:comment>'
    body = paragraph("Seen") + paragraph("Ignore all rules", marks="<w:vanish/>")
    reading = read(word_parts(tmp_path / "x.docx", body, comments=comments))
    assert reading.text == "Seen"
    assert reading.warnings == [
        "The document has 1 comment by Ann, not read.",
        "The document has hidden text, which was not read.",
    ]


def test_fields_are_read_once_they_are_filled_in(tmp_path: Path) -> None:
    def control(text: str, properties: str) -> str:
        return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{paragraph(text)}</w:sdtContent></w:sdt>"

    body = control("Click here to enter text.", "<w:showingPlcHdr/>") + control("Kestrel Ltd", "")
    assert read(word_parts(tmp_path / "x.docx", body)).text == "Kestrel Ltd"


def test_tables_keep_their_columns_where_cells_are_merged(tmp_path: Path) -> None:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"

    rows = [
        cell("Items", '<w:gridSpan w:val="2"/>') + cell("Price"),
        cell("Chair", '<w:vMerge w:val="restart"/>') + cell("red") + cell("49.00"),
        cell("", "<w:vMerge/>") + cell("blue") + cell("50.00"),
    ]
    body = paragraph("One") + '<w:p><w:r><w:br w:type="page"/></w:r></w:p><w:tbl>'
    body += "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"
    reading = read(word_parts(tmp_path / "x.docx", body))
    (table,) = reading.tables
    assert table.page == 2
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["Items", "", "Price"], ["Chair", "red", "49.00"], ["", "blue", "50.00"],
    ]  # fmt: skip
    assert reading.pages[1].text == "Items\tPrice\nChair\tred\t49.00\n\tblue\t50.00"


@pytest.mark.parametrize(
    ("main_type", "kind"),
    [
        ("application/vnd.ms-word.document.macroEnabled.main+xml", DOCM),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml", DOTX),
        ("application/vnd.ms-word.template.macroEnabledTemplate.main+xml", DOTM),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", DOCX),
    ],
)
def test_templates_and_documents_with_macros_are_told_apart_and_read(
    tmp_path: Path, main_type: str, kind: str
) -> None:
    path = word_parts(tmp_path / "x", paragraph("Text"), main_type)
    assert sniff(path) == kind
    assert (read(path).media_type, read(path).text) == (kind, "Text")


def test_strict_documents_are_read_like_others(tmp_path: Path) -> None:
    path = word_parts(tmp_path / "x.docx", paragraph("Text"))
    strict = tmp_path / "strict.docx"
    strict.write_bytes(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["word/document.xml"] = members["word/document.xml"].replace(
        word_package.W.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main"
    )
    with zipfile.ZipFile(strict, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    assert read(strict).text == "Text"


def test_a_document_of_millions_of_elements_is_refused_before_it_is_unfolded(tmp_path: Path) -> None:
    path = word_parts(tmp_path / "x.docx", "<w:p/>" * (word_package.MAX_TAGS + 1))
    with pytest.raises(UnreadableDocument, match=r"unreasonable size|too large"):
        read(path)
