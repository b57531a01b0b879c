"""All configuration, and the only reader of the environment.

Every variable is described in ``.env.example``. A variable ``NAME`` may also be given
as ``NAME_FILE``, the path of a file that holds its value. What is missing or
contradictory is named here, at start, and not met later.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import tempfile
import warnings
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from agentsite import __version__, logs
from agentsite.addresses import Address, is_loopback_name
from agentsite.keys import refuse_weak_keys
from agentsite.postgres import EmbeddedPostgres
from agentsite.signing_in import AccountRules, ApiJwt, Oidc, Passwords, SignInLocks, trusted_proxies

VERSION: str = __version__
BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()
environ.Env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).absolute()

# --- Addresses ---------------------------------------------------------------------

WEB_PROCESSES = env.int("WEB_PROCESSES", default=2)
# How long a client may take over the head of a request.
SLOW_CLIENT_SECONDS = env.float("SLOW_CLIENT_SECONDS", default=10.0)
WEB_BIND = Address.parse(env.str("WEB_BIND", default="127.0.0.1:8000"))
LIVE_BIND = Address.parse(env.str("LIVE_BIND", default="127.0.0.1:8001"))
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{WEB_BIND.port}").rstrip("/")
LIVE_URL = env.str("LIVE_URL", default=f"http://localhost:{LIVE_BIND.port}").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

API_OPEN_ON_LOOPBACK = env.bool("API_OPEN_ON_LOOPBACK", default=False)

IS_PUBLIC = not WEB_BIND.is_loopback or not all(map(is_loopback_name, ALLOWED_HOSTS))
if API_OPEN_ON_LOOPBACK and not WEB_BIND.is_loopback:
    raise ImproperlyConfigured(
        f"API_OPEN_ON_LOOPBACK lets anybody run agents who reaches {WEB_BIND}: "
        "bind WEB_BIND to 127.0.0.1, or turn API_OPEN_ON_LOOPBACK off and issue tokens."
    )
if (DEBUG or API_OPEN_ON_LOOPBACK) and IS_PUBLIC:
    raise ImproperlyConfigured(
        "DEBUG and API_OPEN_ON_LOOPBACK are for this machine alone, "
        "but WEB_BIND or ALLOWED_HOSTS names a public address: turn them off, or remove the public name."
    )

# --- Secrets -----------------------------------------------------------------------


def kept_secret(name: str) -> str:
    """A random secret of this machine's own, made at the first start and kept in ``var/``."""
    path = VAR_DIR / name
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        # Linked into place whole: of several processes starting at once, one wins and all read the same.
        with tempfile.NamedTemporaryFile("w", dir=VAR_DIR, prefix=name) as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            with contextlib.suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if IS_PUBLIC:
        raise ImproperlyConfigured("SECRET_KEY (or SECRET_KEY_FILE) must be set where the site can be reached.")
    SECRET_KEY = kept_secret("secret-key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
if IS_PUBLIC:
    refuse_weak_keys({"SECRET_KEY": [SECRET_KEY], "SECRET_KEY_FALLBACKS": SECRET_KEY_FALLBACKS})

# --- Django ------------------------------------------------------------------------

INSTALLED_APPS = [
    "runs.apps.RunsConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_htmx",
    "heroicons",
    "django_q",
    "ninja",
]

MIDDLEWARE = [
    "runs.views.OriginMiddleware",
    "runs.views.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "runs.views.BrowserMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "runs.views.KeepingLoginMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "runs.views.RefusalsMiddleware",
]

ROOT_URLCONF = "agentsite.urls"
WSGI_APPLICATION = "agentsite.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "runs.views.shell",
            ],
        },
    },
]

AUTH_USER_MODEL = "runs.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "runs.identities.PasswordBackend"]

# Signing in elsewhere; None without a provider.
OIDC = Oidc.read(env)
ACCOUNT_RULES = AccountRules.read(env)
PASSWORDS = Passwords.read(env, OIDC)
API_JWT = ApiJwt.read(env, OIDC)

# Too many wrong passwords, and signing in is locked for a while: runs.sign_in_locks.
SIGN_IN_LOCKS = SignInLocks.read(env)
AXES_FAILURE_LIMIT = SIGN_IN_LOCKS.failures
AXES_COOLOFF_TIME = SIGN_IN_LOCKS.cool_off
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_HANDLER = "runs.sign_in_locks.LockHandler"
AXES_CLIENT_IP_CALLABLE = "runs.sign_in_locks.address_of"
AXES_LOCKOUT_CALLABLE = "runs.views.sign_in_locked"
AXES_RESET_ON_SUCCESS = True
# Who goes on trying locks nobody out for longer, and writes nothing.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database ----------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="")
EMBEDDED_POSTGRES = None if DATABASE_URL else EmbeddedPostgres(VAR_DIR / "postgres")
database: dict[str, Any] = EMBEDDED_POSTGRES.settings() if EMBEDDED_POSTGRES else env.db_url_config(DATABASE_URL)
DATABASES = {
    "default": {
        **database,
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "application_name": "agentsite",
            # A query that runs away, or a transaction left open, ends by itself.
            "options": "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000",
            **database.get("OPTIONS", {}),
        },
    }
}

# --- Files -------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
# Who changes the sources wants to see them, whatever has been collected.
is_collected = not DEBUG and (STATIC_ROOT / "staticfiles.json").exists()
# Collected files are served compressed and under hashed names; else straight from the sources.
WHITENOISE_USE_FINDERS = not is_collected
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Source maps are most of what there is to compress, and read by nobody but developers.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "br", "woff", "woff2", "map")
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "agentsite.static_files.HashedFiles"
        if is_collected or env.bool("COLLECT_STATIC", default=False)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600
# Where the browser's upload is kept while it arrives; documents go to the storage from there.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
# A body that is no file: JSON, or the fields of a form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
DOCUMENT_LIMIT_MB = env.int("DOCUMENT_LIMIT_MB", default=25)
# Pictures of pages and what stands on them; may be deleted at any time.
PICTURES_DIR = VAR_DIR / "pictures"
PICTURES_LIMIT_MB = env.int("PICTURES_LIMIT_MB", default=200)
DOCUMENT_PAGE_LIMIT = env.int("DOCUMENT_PAGE_LIMIT", default=2000)

# --- The clocks of a run (seconds) ---------------------------------------------------

# How long an agent may run where neither it nor an operator says otherwise. The original's name.
LOCK_TIMEOUT_DURATION = env.int("LOCK_TIMEOUT_DURATION", default=120)
# How long a request waits for another that changes the same user's runs.
LOCK_WAIT_SECONDS = env.float("LOCK_WAIT_SECONDS", default=3.0)
# How long an attempt may be silent before it is lost, and how often it says that it lives.
LEASE_SECONDS = env.int("LEASE_SECONDS", default=15)
HEARTBEAT_SECONDS = env.float("HEARTBEAT_SECONDS", default=4.0)
# How long a list may take to be found before its reader is asked to narrow it.
LIST_PATIENCE_SECONDS = env.float("LIST_PATIENCE_SECONDS", default=3.0)
# From "please stop" (SIGTERM) to "stop" (SIGKILL).
STOP_GRACE_SECONDS = env.float("STOP_GRACE_SECONDS", default=5.0)
if HEARTBEAT_SECONDS * 2 > LEASE_SECONDS:
    raise ImproperlyConfigured("HEARTBEAT_SECONDS must be at most half of LEASE_SECONDS: one late beat is no death.")

# --- How often a user may ask for runs; 0 is no limit -----------------------------------

TRIGGERS_PER_MINUTE = env.int("TRIGGERS_PER_MINUTE", default=60)
RUNS_PER_DAY = env.int("RUNS_PER_DAY", default=1000)
if TRIGGERS_PER_MINUTE < 0 or RUNS_PER_DAY < 0:
    raise ImproperlyConfigured("TRIGGERS_PER_MINUTE and RUNS_PER_DAY are at least 0, which is no limit.")

# How fast the API may be asked; 0 is no limit. Many may share an address; this machine's own is not counted.
TOKEN_REQUESTS_PER_MINUTE = env.int("TOKEN_REQUESTS_PER_MINUTE", default=1200)
ADDRESS_REQUESTS_PER_MINUTE = env.int("ADDRESS_REQUESTS_PER_MINUTE", default=3000)

# --- Workers -------------------------------------------------------------------------

WORKERS = env.int("WORKERS", default=2)
RESCUE_SECONDS = 1.0
# How long a stopping cluster lets its runs go on before it hands them back.
DRAIN_SECONDS = env.float("DRAIN_SECONDS", default=10.0)
# How long a message may lie before free workers until the cluster is taken for wedged, and killed.
WEDGED_AFTER_SECONDS = env.float("WEDGED_AFTER_SECONDS", default=5.0)
# "stock": django-q2's own broker, to compare with. It polls, and it neither rescues runs nor reports its cluster.
BROKER = env.str("BROKER", default="agentsite")
if BROKER not in ("agentsite", "stock"):
    raise ImproperlyConfigured(f"BROKER is 'agentsite' or 'stock', not {BROKER!r}.")

# --- Schedules -----------------------------------------------------------------------

# The shortest time between two runs of a schedule.
SCHEDULE_SHORTEST_SECONDS = env.int("SCHEDULE_SHORTEST_SECONDS", default=60)
# After how many refusals in a row that do not mend by themselves a schedule pauses itself.
SCHEDULE_PAUSES_AFTER = env.int("SCHEDULE_PAUSES_AFTER", default=5)

Q_CLUSTER = {
    "name": "agentsite",
    "label": "Queue",
    "orm": "default",
    **({"broker_class": "runs.broker.Broker"} if BROKER == "agentsite" else {}),
    "workers": WORKERS,
    # At least one more than the workers, or an orderly stop can block on its own full queue.
    "queue_limit": WORKERS + 1,
    # The worker supervises a process of the agent's own, which a daemon may not start.
    "daemonize_workers": False,
    "bulk": 1,
    "poll": 0.2,
    # How long a message is kept from others; the pusher renews it while a worker has it. A message is only a
    # doorbell: one that rings twice is harmless (lifecycle.start refuses the second), one that rings late is not.
    # q2's own time limit is the very last resort.
    "retry": 20,
    "timeout": 7 * 3600,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    # A replacement comes up to half a second late, and agents' processes leave nothing behind in the worker.
    "recycle": 5000,
    "guard_cycle": 0.5,
    "catch_up": False,
}
warnings.filterwarnings("ignore", message="Retry and timeout are misconfigured")

# --- Webhooks ------------------------------------------------------------------------

# Networks whose addresses webhooks may lead to although they are not public, and over http, too.
try:
    WEBHOOK_ALLOWED_NETWORKS = [ip_network(text) for text in env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])]
except ValueError as error:
    raise ImproperlyConfigured(f"WEBHOOK_ALLOWED_NETWORKS lists networks as 10.1.0.0/16: {error}") from None
# How many requests to receivers one cluster makes at a time.
WEBHOOK_SENDERS = env.int("WEBHOOK_SENDERS", default=4)

# --- Browsers ------------------------------------------------------------------------

is_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = is_https
CSRF_COOKIE_SECURE = is_https
SESSION_COOKIE_HTTPONLY = True
# Pages carry the token of their forms themselves.
CSRF_COOKIE_HTTPONLY = True
if is_https:
    # No other name of the domain, and nothing sent by plain http, can set a cookie of such a name.
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
SESSION_ENGINE = "runs.sessions"
SECURE_HSTS_SECONDS = 31_536_000 if is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = is_https
# Being built into browsers is for the owner of the whole domain to ask for.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "runs.views.csrf_failure"
# Its headers are believed: who called it, and by https or not.
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", default=False)
TRUSTED_PROXIES = trusted_proxies(env, BEHIND_TLS_PROXY)
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Only here is it known by which of the two a request came.
    SECURE_SSL_REDIRECT = is_https
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        # The origin alone: a path without a slash at its end would allow that one address and none below it.
        "connect-src": [SELF, "{0.scheme}://{0.netloc}".format(urlsplit(LIVE_URL))],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Logs ----------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
# To be collected, unless somebody reads along.
LOG_FORMAT = env.str("LOG_FORMAT", default="console" if sys.stderr.isatty() else "json")
if LOG_FORMAT not in logs.FORMATS:
    raise ImproperlyConfigured(f"LOG_FORMAT is 'json' or 'console', not {LOG_FORMAT!r}.")
LOGGING = logs.configuration(LOG_FORMAT, LOG_LEVEL)
