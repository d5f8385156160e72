"""Where Stripe calls."""

from django.urls import path

from pingpilot.billing.door import hook

urlpatterns = [path("hooks/stripe", hook, name="stripe-hook")]
