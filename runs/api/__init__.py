"""The JSON face: the original's two endpoints, and ``/api/v1/``.

Endpoints parse, call one verb and show the answer. What is refused is raised by the core
and becomes an answer in ``problems``, in the words of whichever API was asked.

- ``application``: the whole: routes, documentation, what holds for every request
- ``authentication``: who asks
- ``original``: the API this site replaces, to the letter
- ``agents``, ``documents``, ``me``, ``runs``, ``policies``, ``status``, ``tokens`` and so on: ``/api/v1/``, by noun
- ``examples``: what its description shows
- ``heads``: the answers to ``HEAD``
- ``bodies``, ``parameters``: reading JSON and URLs
- ``triggers``: reading a request for a run, as JSON or a form
- ``repeats``: requests that may be sent again
- ``results``: a run's log and output as files
- ``etags``: answers that have not changed
- ``waiting``: requests that are answered when a run has ended
"""

from runs.api.application import api

__all__ = ["api"]
