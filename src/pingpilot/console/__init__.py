"""The dashboard: server-rendered pages that work without JavaScript and are live where it is on."""
