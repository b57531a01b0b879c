"""What browsers are told: cookies, https, and what a page may load."""

from __future__ import annotations

from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from agentsite.settings.addresses import LIVE_URL, PUBLIC_URL
from agentsite.settings.environment import env
from agentsite.signing_in import trusted_proxies

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
