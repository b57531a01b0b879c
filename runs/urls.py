"""The addresses of the pages. A page's name, its view's and its template's are the same."""

from django.contrib.auth import views as auth
from django.urls import path

from runs import views

urlpatterns = [
    path("", views.home, name="home"),
    path("update/", views.home_update, name="home_update"),
    path("stream/", views.stream, name="stream"),
    path("sign-in/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    path("password/", views.PasswordChangeView.as_view(), name="password_change"),
    path("password/changed/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("profile/", views.profile, name="profile"),
    path("profile/tokens/", views.token_issue, name="token_issue"),
    path("profile/tokens/<uuid:token_id>/revoke/", views.token_revoke, name="token_revoke"),
    path("profile/sessions/end/", views.sessions_end, name="sessions_end"),
    path("profile/sessions/<uuid:reference>/end/", views.session_end, name="session_end"),
    path("patterns/", views.patterns, name="patterns"),
    path("theme/", views.theme, name="theme"),
    path("agents/<slug:name>/", views.agent, name="agent"),
    path("agents/<slug:name>/sample/", views.agent_sample, name="agent_sample"),
    path("agents/<slug:name>/history/", views.agent_history, name="agent_history"),
    path("agents/<slug:name>/pause/", views.agent_pause, name="agent_pause"),
    path("agents/<slug:name>/resume/", views.agent_resume, name="agent_resume"),
    path("runs/", views.runs, name="runs"),
    path("runs/update/", views.runs_update, name="runs_update"),
    path("runs/active/", views.active_runs, name="active_runs"),
    path("runs/views/", views.saved_views, name="saved_views"),
    path("runs/views/<int:view_id>/rename/", views.saved_view_rename, name="saved_view_rename"),
    path("runs/views/<int:view_id>/delete/", views.saved_view_delete, name="saved_view_delete"),
    path("runs/selection/", views.selection, name="selection"),
    path("runs/selection/outcome/", views.selection_outcome, name="selection_outcome"),
    path("runs/<uuid:run_id>/", views.run, name="run"),
    path("runs/<uuid:run_id>/update/", views.run_update, name="run_update"),
    path("runs/<uuid:run_id>/cancel/", views.run_cancel, name="run_cancel"),
    path("runs/<uuid:run_id>/force-stop/", views.run_force_stop, name="run_force_stop"),
    path("runs/<uuid:run_id>/adopt/", views.run_adopt, name="run_adopt"),
    path("runs/<uuid:run_id>/rerun/", views.run_rerun, name="run_rerun"),
    path("runs/<uuid:run_id>/log.txt", views.run_log, name="run_log"),
    path("runs/<uuid:run_id>/pages/<int:number>.png", views.run_page, name="run_page"),
    path("runs/<uuid:run_id>/output.json", views.run_output, name="run_output"),
    path("status/", views.status, name="status"),
    path("status/figures/", views.status_figures, name="status_figures"),
    path("status/findings/", views.status_findings, name="status_findings"),
    path("documents/<uuid:document_id>/", views.document, name="document"),
]
