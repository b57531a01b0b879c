"""Reading web pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from runs.documents import Reading, UnreadableDocument, read


def reading(folder: Path, markup: str | bytes) -> Reading:
    path = folder / "page.html"
    path.write_bytes(markup if isinstance(markup, bytes) else markup.encode())
    return read(path, media_type="text/html")


def text(folder: Path, markup: str | bytes) -> str:
    return reading(folder, markup).pages[0].text


def test_what_no_browser_shows_is_left_out(tmp_path: Path) -> None:
    markup = """<html><head><title>T</title><style>p{}</style><script>var a = "<p>no</p>"</script></head>
        <body><p>Shown</p><!-- comment --><noscript>no</noscript><template>no</template>
        <div style="display: none">no</div><p hidden>no</p><svg><text>no</text></svg>after</body></html>"""
    assert text(tmp_path, markup).split() == ["Shown", "after"]


def test_navigation_and_footer_are_kept(tmp_path: Path) -> None:
    markup = "<body><nav>Home</nav><main>Text</main><footer>VAT DE136695976</footer></body>"
    assert text(tmp_path, markup) == "Home\nText\nVAT DE136695976"


def test_blocks_begin_lines_and_inline_elements_do_not(tmp_path: Path) -> None:
    markup = "<h1>Head</h1><p>One <b>bold</b>\n   word<br>Next</p><ul><li>a</li><li>b</li></ul>"
    assert text(tmp_path, markup) == "Head\n\nOne bold word\nNext\n\n• a\n• b"


def test_cells_are_parted_by_tabs_and_rows_by_lines(tmp_path: Path) -> None:
    markup = """<table><thead><tr><th>Item</th><th>Price</th></tr></thead><tbody>
        <tr><td><div>Chair</div></td>  <td><p>49.00</p></td></tr></tbody></table><p>End</p>"""
    assert text(tmp_path, markup) == "Item\tPrice\nChair\t49.00\n\nEnd"


def test_links_of_a_menu_do_not_run_into_each_other(tmp_path: Path) -> None:
    assert text(tmp_path, "<nav><a>Docs</a><a>Blog</a></nav><p>un<a>broken</a></p>") == "Docs Blog\n\nunbroken"


def test_preformatted_text_keeps_its_lines(tmp_path: Path) -> None:
    assert text(tmp_path, "<p>a</p><pre>one\n  two</pre>") == "a\n\none\n  two"


def test_title_language_and_description_become_metadata(tmp_path: Path) -> None:
    markup = '<html lang="nl"><head><title> Fac\ntuur </title><meta name="Author" content="Jo"></head><body>x</body>'
    metadata = reading(tmp_path, markup).metadata
    assert (metadata["title"], metadata["author"], metadata["language"]) == ("Fac tuur", "Jo", "nl")


def test_declared_encoding_is_believed_when_it_fits(tmp_path: Path) -> None:
    markup = '<meta charset="windows-1251"><p>Счёт на оплату</p>'.encode("cp1251")
    assert text(tmp_path, markup) == "Счёт на оплату"
    lying = '<meta charset="utf-8"><p>Rechnung über 5 €</p>'.encode("cp1252")
    assert text(tmp_path, lying) == "Rechnung über 5 €"


def test_absurd_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="nested too deeply"):
        reading(tmp_path, "<div>" * 50_000 + "x")


def test_control_characters_and_entities_for_them_do_not_reach_the_text(tmp_path: Path) -> None:
    assert text(tmp_path, "<p>a\x00b&#0;&#1;&#x200b;c&nbsp;d</p>").replace("\ufffd", "") == "abc d"
