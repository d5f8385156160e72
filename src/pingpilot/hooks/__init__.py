"""The door that providers call: ``/hooks/<kind>``."""
