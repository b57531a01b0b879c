"""Combinations that would open the site to the world are refused at start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentsite.addresses import Address, is_loopback_name
from agentsite.signing_in import SCOPES
from runs.models import Scope

ROOT = Path(__file__).resolve().parent.parent
OIDC = {"OIDC_ISSUER": "https://id.example.org", "OIDC_CLIENT_ID": "agentsite"}
LOCAL = {"WEB_BIND": "127.0.0.1:8000", "ALLOWED_HOSTS": "localhost,127.0.0.1"}
STRONG = "Vq3x-9sLd_72hTnWcRz0yKfB6uMgJ4eAoPiX8vS1kQ5wZtDbNm"
PUBLIC = {"WEB_BIND": "0.0.0.0:8000", "ALLOWED_HOSTS": "agents.example.org", "SECRET_KEY": STRONG}


def start_with(tmp_path: Path, expression: str = "'started'", **environment: str) -> str:
    """What a fresh process says that loads the settings under ``environment``."""
    return said_by(tmp_path, f"from agentsite import settings; print({expression})", **environment)


def said_by(tmp_path: Path, program: str, **environment: str) -> str:
    """What ``program`` says, or the last line of its complaint."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "ENV_FILE": os.devnull, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({**PUBLIC, "API_OPEN_ON_LOOPBACK": "true"}, "API_OPEN_ON_LOOPBACK lets anybody run agents"),
        ({**LOCAL, "ALLOWED_HOSTS": "a.example.org", "API_OPEN_ON_LOOPBACK": "true"}, "for this machine alone"),
        ({**PUBLIC, "DEBUG": "true"}, "for this machine alone"),
        ({**PUBLIC, "SECRET_KEY": ""}, "SECRET_KEY (or SECRET_KEY_FILE) must be set"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'json' or 'console'"),
        ({**PUBLIC, "SECRET_KEY": "k3j-9sLd_72hTnWc"}, "SECRET_KEY is too short"),
        ({**PUBLIC, "SECRET_KEY": "k" * 60}, "SECRET_KEY has too few different characters"),
        ({**PUBLIC, "SECRET_KEY": f"django-insecure-{STRONG}"}, "SECRET_KEY looks like an example"),
        ({**PUBLIC, "SECRET_KEY": f"ChangeMe{STRONG}"}, "SECRET_KEY looks like an example"),
        ({**PUBLIC, "SECRET_KEY_FALLBACKS": f"{STRONG},short"}, "SECRET_KEY_FALLBACKS is too short"),
        ({"WEB_BIND": "8000"}, "write host:port"),
        ({"OIDC_CLIENT_ID": "agentsite"}, "OIDC_ISSUER and OIDC_CLIENT_ID are set together"),
        ({"OIDC_ISSUER": "https://id.example.org"}, "OIDC_ISSUER and OIDC_CLIENT_ID are set together"),
        ({"OIDC_CLIENT_SECRET": "s"}, "says nothing without OIDC_ISSUER"),
        ({**OIDC, "OIDC_ISSUER": "http://id.example.org"}, "OIDC_ISSUER must be an address with https://"),
        ({**OIDC, "OIDC_SCOPES": "profile email"}, "OIDC_SCOPES must contain openid"),
        ({**OIDC, "OIDC_ALGORITHMS": "RS256,HS256"}, "not HS256"),
        ({**OIDC, "OIDC_ALGORITHMS": "none"}, "not none"),
        ({**OIDC, "OIDC_OPERATOR_GROUPS": "operators"}, "OIDC_OPERATOR_GROUPS needs OIDC_GROUPS_CLAIM"),
        ({"PASSWORD_SIGN_IN": "false"}, "nobody could sign in"),
        ({**OIDC, "BREAK_GLASS_USER": "operator"}, "BREAK_GLASS_USER is for PASSWORD_SIGN_IN=false"),
        ({"API_JWT_ISSUER": "https://id.example.org"}, "API_JWT_AUDIENCE is missing"),
        ({**OIDC, "API_JWT_DEFAULT_SCOPES": "runs:read"}, "API_JWT_AUDIENCE is missing"),
        ({"API_JWT_AUDIENCE": "api"}, "API_JWT_AUDIENCE needs API_JWT_ISSUER"),
        ({**OIDC, "API_JWT_AUDIENCE": "agentsite"}, "API_JWT_AUDIENCE must differ from OIDC_CLIENT_ID"),
        ({**OIDC, "API_JWT_AUDIENCE": "api", "API_JWT_ALGORITHMS": "HS256"}, "not HS256"),
        ({**OIDC, "API_JWT_AUDIENCE": "api", "API_JWT_DEFAULT_SCOPES": "all"}, "not all"),
        ({**OIDC, "API_JWT_AUDIENCE": "api", "API_JWT_JWKS_URL": "http://a.example/"}, "API_JWT_JWKS_URL must be"),
        ({"API_JWT_AUDIENCE": "api", "API_JWT_ISSUER": "http://a.example"}, "API_JWT_ISSUER must be"),
        ({"SIGN_IN_FAILURES": "0"}, "SIGN_IN_FAILURES is at least 1"),
        ({"SIGN_IN_FAILURES": "9", "SIGN_IN_FAILURES_OF_ADDRESS": "8"}, "at least SIGN_IN_FAILURES"),
        ({"SIGN_IN_LOCK_MINUTES": "0"}, "passwords can be guessed"),
        ({"BEHIND_TLS_PROXY": "true", "TRUSTED_PROXIES": "0"}, "with BEHIND_TLS_PROXY at least 1"),
        ({"HEARTBEAT_SECONDS": "10", "LEASE_SECONDS": "15"}, "at most half of LEASE_SECONDS"),
    ],
)
def test_dangerous_combinations_are_refused_with_a_sentence(
    environment: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    assert sentence in start_with(tmp_path, **environment)


@pytest.mark.parametrize(
    "environment", [{}, LOCAL, {**LOCAL, "API_OPEN_ON_LOOPBACK": "true", "DEBUG": "1"}, PUBLIC, OIDC]
)
def test_sensible_combinations_start(environment: dict[str, str], tmp_path: Path) -> None:
    assert start_with(tmp_path, **environment) == "started"


HTTPS = {**PUBLIC, "PUBLIC_URL": "https://agents.example.org", "BEHIND_TLS_PROXY": "true"}


def test_under_https_cookies_are_bound_to_this_host_and_to_https(tmp_path: Path) -> None:
    names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    expression = f"[getattr(settings, name) for name in {names}]"

    assert start_with(tmp_path, expression, **HTTPS) == "['__Host-session', '__Host-csrf', True, True]"
    # What the prefix demands of a cookie: no domain, the whole site.
    globals = "import django; django.setup(); from django.conf import settings as s; "
    demanded = "print([s.SESSION_COOKIE_DOMAIN, s.CSRF_COOKIE_DOMAIN, s.SESSION_COOKIE_PATH, s.CSRF_COOKIE_PATH])"
    environment = {"DJANGO_SETTINGS_MODULE": "agentsite.settings", "DATABASE_URL": "postgresql://nobody@nowhere/none"}
    assert "[None, None, '/', '/']" in said_by(tmp_path, globals + demanded, **HTTPS, **environment)


def test_under_https_browsers_are_told_to_keep_to_it(tmp_path: Path) -> None:
    names = ("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_SSL_REDIRECT")
    expression = f"[getattr(settings, name) for name in {names}]"

    assert start_with(tmp_path, expression, **HTTPS) == "[31536000, True, True]"


def test_a_weak_key_is_refused_without_being_said(tmp_path: Path) -> None:
    assert "k3j-9sLd" not in start_with(tmp_path, **{**PUBLIC, "SECRET_KEY": "k3j-9sLd_72hTnWc"})


def test_the_deployment_check_is_clean(tmp_path: Path) -> None:
    command = "from django.core.management import call_command; import django; django.setup(); "
    command += "call_command('check', deploy=True, fail_level='WARNING')"
    environment = {"DJANGO_SETTINGS_MODULE": "agentsite.settings", "DATABASE_URL": "postgresql://nobody@nowhere/none"}

    assert "no issues" in said_by(tmp_path, command, **HTTPS, **environment)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from the file")

    assert start_with(tmp_path, "settings.SECRET_KEY", SECRET_KEY_FILE=str(secret)) == "from the file"


def test_the_clients_secret_may_come_from_a_file_and_is_not_shown(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from the file")

    environment = {**OIDC, "OIDC_CLIENT_SECRET_FILE": str(secret)}
    assert start_with(tmp_path, "settings.OIDC.client_secret", **environment) == "from the file"
    assert "from the file" not in start_with(tmp_path, "settings.OIDC", **environment)


def test_the_issuer_people_sign_in_with_is_the_apis_unless_said_otherwise(tmp_path: Path) -> None:
    environment = {**OIDC, "API_JWT_AUDIENCE": "api"}
    assert start_with(tmp_path, "settings.API_JWT.issuer", **environment) == OIDC["OIDC_ISSUER"]
    assert start_with(tmp_path, "settings.API_JWT", **OIDC) == "None"


def test_the_settings_know_all_scopes() -> None:
    assert frozenset(Scope.values) == SCOPES


def test_the_local_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first = start_with(tmp_path, "settings.SECRET_KEY")

    assert len(first) > 60
    assert start_with(tmp_path, "settings.SECRET_KEY") == first


def test_a_database_url_replaces_the_embedded_database(tmp_path: Path) -> None:
    url = "postgresql://me:secret@db.example.org:5433/runs?sslmode=require"
    expression = "[settings.EMBEDDED_POSTGRES, *(settings.DATABASES['default'][k] for k in ('HOST', 'PORT', 'NAME'))]"

    assert start_with(tmp_path, expression, DATABASE_URL=url) == "[None, 'db.example.org', 5433, 'runs']"
    options = start_with(tmp_path, "settings.DATABASES['default']['OPTIONS']", DATABASE_URL=url)
    assert "'sslmode': 'require'" in options
    assert "statement_timeout" in options


@pytest.mark.parametrize(
    ("name", "is_loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("example.org", False),
        ("*", False),
        (".localhost", False),
        ("127.0.0.1.example.org", False),
    ],
)
def test_only_loopback_is_loopback(name: str, is_loopback: bool) -> None:
    assert is_loopback_name(name) == is_loopback


@pytest.mark.parametrize("text", ["", "8000", ":8000", "localhost", "localhost:", "localhost:0", "localhost:99999"])
def test_what_is_no_address_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="write host:port"):
        Address.parse(text)
