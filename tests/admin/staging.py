"""What the tests of the operators' pages share."""

from __future__ import annotations

from django.test import Client

from runs.models import User

POLICY = """
name: supplier-terms
title: Supplier terms
rules:
  - id: governing-law
    kind: require
    title: The governing law is named
    phrases: [governing law]
"""
HOOK = "https://hooks.example.org/services/T0/a-part-as-good-as-a-password"
HOOK_SECRET = "whsec_c2VjcmV0"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
