from django.apps import AppConfig


class RunsConfig(AppConfig):
    """The product."""

    name = "runs"
    verbose_name = "Agent runs"

    def ready(self) -> None:
        from runs import checks  # noqa: F401
