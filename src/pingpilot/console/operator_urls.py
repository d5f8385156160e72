"""The paths of the operator's pages."""

from django.urls import path

from pingpilot.console.pages import operator

urlpatterns = [
    path("admin", operator.health, name="operator-health"),
    path("admin/workspaces", operator.workspaces, name="operator-workspaces"),
    path("admin/workspaces/<int:number>/plan", operator.grant, name="operator-grant"),
    path("admin/users", operator.users, name="operator-users"),
    path("admin/users/<int:number>/switch", operator.switch_user, name="operator-switch-user"),
    path("admin/users/<int:number>/operator", operator.switch_operator, name="operator-switch-operator"),
    path("admin/dead", operator.dead, name="operator-dead"),
    path("admin/dead/<uuid:delivery_id>/replay", operator.replay, name="operator-replay"),
    path("admin/workspaces/<int:number>/replay", operator.replay_all, name="operator-replay-all"),
    path("admin/audit", operator.audit, name="operator-audit"),
]
