"""All configuration, and the only reader of the environment, by noun.

Every variable is described in ``.env.example``. A variable ``NAME`` may also be given
as ``NAME_FILE``, the path of a file that holds its value. What is missing or
contradictory is named here, at start, and not met later.
"""

# Django wants one module that has them all.
# ruff: noqa: F403

from agentsite.settings.accounts import *
from agentsite.settings.addresses import *
from agentsite.settings.browsers import *
from agentsite.settings.database import *
from agentsite.settings.environment import *
from agentsite.settings.files import *
from agentsite.settings.framework import *
from agentsite.settings.language_model import *
from agentsite.settings.limits import *
from agentsite.settings.logging import *
from agentsite.settings.queue import *
from agentsite.settings.secret_keys import *
from agentsite.settings.webhooks import *
