"""Pushing changes to whoever watches: event streams as a raw ASGI application.

A stream holds no thread and no database connection. One connection per process listens for
notifications; a change is read, and rendered, once and handed to all who watch. A stream
begins with the rows, follows the notifications, and reads the rows again after any gap, so
that nothing depends on a notification having arrived.

- ``hub``: the listening connection, fanned out
- ``wire``: event streams as bytes
- ``run_streams``: a run as JSON, for programs
- ``page_streams``: rendered pieces of a page, for browsers; who renders them is injected
- ``parts``: what of a page may be watched, and the token that says so
- ``rights``: by what right somebody watches, asked again while a stream is open
- ``application``: who gets which
"""

from runs.live.application import Application
from runs.live.parts import Page, Part, Rendering, page_stream_url
from runs.live.rights import Right
from runs.live.run_streams import stream_url

__all__ = ["Application", "Page", "Part", "Rendering", "Right", "page_stream_url", "stream_url"]
