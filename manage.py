#!/usr/bin/env python
"""Django's command line, on this site's settings."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentsite.settings")

    from django.core.management import execute_from_command_line

    from runs import origin

    with origin.of_command(sys.argv[1:2]):
        execute_from_command_line(sys.argv)
