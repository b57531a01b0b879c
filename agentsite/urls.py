"""Where everything is. Pages first: the API's own root would otherwise answer for ``/``."""

from django.contrib import admin
from django.urls import include, path

from runs import views
from runs.api import api
from runs.health import healthz, nothing

handler400 = "runs.health.bad_request"
handler403 = "runs.health.forbidden"
handler404 = "runs.health.not_found"
handler500 = "runs.health.server_error"

urlpatterns = [
    path("healthz", healthz),
    path("admin/login/", views.admin_sign_in),
    path("admin/r/<path:rest>", nothing),
    path("admin/", admin.site.urls),
    path("", include("runs.urls")),
    path("", api.urls),
]
