"""The paths of accounts, under the names that allauth looks for."""

from allauth.account import views
from django.urls import path, re_path

urlpatterns = [
    path("sign-up", views.signup, name="account_signup"),
    path("sign-in", views.login, name="account_login"),
    path("sign-out", views.logout, name="account_logout"),
    path("inactive", views.account_inactive, name="account_inactive"),
    path("reauthenticate", views.reauthenticate, name="account_reauthenticate"),
    path("forgot", views.password_reset, name="account_reset_password"),
    path("forgot/sent", views.password_reset_done, name="account_reset_password_done"),
    path("reset/done", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("verify-email", views.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^verify-email/(?P<key>[-:\w]+)$", views.confirm_email, name="account_confirm_email"),
    path("dashboard/account-settings/password", views.password_change, name="account_change_password"),
    path("dashboard/account-settings/password/set", views.password_set, name="account_set_password"),
]
