"""A Django site that reports its sales, and what it logs as a warning or worse.

In a real site `LOGGING` stands in its settings and `background` in the AppConfig of an app; here all is one file:

    PINGPILOT_API_KEY=pp_… python django_shop.py runserver
"""

import sys

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path

from pingpilot_client import Background

background = Background()  # one for the whole site; its thread starts with the first event, after any fork

settings.configure(
    DEBUG=False,
    SECRET_KEY="only an example",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {
            "pingpilot": {
                "class": "pingpilot_client.PingPilotHandler",
                "category": "log",
                "level": "WARNING",
                "background": background,
                "fields": {"site": "shop"},
            },
        },
        "root": {"handlers": ["pingpilot"]},
    },
)
django.setup()


def buy(request: HttpRequest) -> JsonResponse:
    """Sell something. The sale is reported once it is committed, and not at all if it is rolled back."""
    with transaction.atomic():
        # … save the order …
        amount = float(request.GET["amount"])
        transaction.on_commit(lambda: background.send("sale", "Someone bought PRO", fields={"amount": amount}))
    return JsonResponse({"sold": amount})


urlpatterns = [path("buy", buy)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
