"""Who signs in, and how."""

from __future__ import annotations

from agentsite.settings.environment import env
from agentsite.signing_in import AccountRules, ApiJwt, Oidc, Passwords, SignInLocks

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
