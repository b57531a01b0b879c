"""Reading pages the way people do: by what stands on them."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse


def soup(response: HttpResponse) -> BeautifulSoup:
    return BeautifulSoup(response.content, "lxml")


def text(response: HttpResponse) -> str:
    return " ".join(soup(response).get_text(" ").split())


def control(response: HttpResponse, name: str) -> Tag:
    """The control of the main part that sends ``name``."""
    found = soup(response).select_one(f"main [name={name!r}]")
    assert found is not None, f"no control named {name}"
    return found


def chosen(response: HttpResponse, name: str) -> str:
    option = control(response, name).select_one("option[selected]")
    return str(option["value"]) if option else ""


def upload(content: bytes = b"Invoice 4711\nTotal EUR 12.00\n", name: str = "note.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/plain")
