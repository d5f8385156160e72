"""The dashboard's own icons: one path each, drawn on a 24 by 24 grid with a round stroke."""

ICONS: dict[str, str] = {
    "back": "M15 5l-7 7 7 7",
    "bell": "M6 16V10.5a6 6 0 0 1 12 0V16l1.5 2h-15zM10 21h4",
    "bolt": "M13 3L5 13.5h6L10.5 21 19 10.5h-6.5z",
    "book": "M5 4.5h10.5A3.5 3.5 0 0 1 19 8v11.5H8A3 3 0 0 1 5 16.5zM5 16.5A3 3 0 0 1 8 14h11",
    "chat": "M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-5 4v-4.2"
    "a2.5 2.5 0 0 1-2-2.4z",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "copy": "M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9",
    "desk": "M3.5 5h17v11.5h-17zM9 20h6M12 16.5V20",
    "door": "M13.5 4H5v16h8.5M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5",
    "download": "M12 4v11.5M7.5 11l4.5 4.5 4.5-4.5M5 20h14",
    "edit": "M4.5 19.5l.8-4L16 4.8a2 2 0 0 1 2.8 0l.4.4a2 2 0 0 1 0 2.8L8.5 18.7z",
    "eye": "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2"
    "a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z",
    "feed": "M4 6h16M4 12h16M4 18h10",
    "gear": "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
    "hook": "M8 7l-4.5 5L8 17M16 7l4.5 5-4.5 5M13.6 5l-3.2 14",
    "home": "M4 11l8-7 8 7v8.5h-5.5V14h-5v5.5H4z",
    "info": "M12 11v5.5M12 7.6v.1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
    "key": "M14.5 9.5a5 5 0 1 0-3.2 4.7l1.7 1.8h2.5v2.5H18V21h3v-3.5l-6.9-6.6a5 5 0 0 0 .4-1.4zM8 8.2v.1",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
    "mail": "M3.5 6h17v12h-17zM3.5 7l8.5 6.5L20.5 7",
    "passkey": "M9 4a3.6 3.6 0 1 0 0 7.2A3.6 3.6 0 0 0 9 4zM2.8 20c0-3.6 2.6-6 6.2-6 1.2 0 2.3.3 3.2.8"
    "M17.5 9.5a3 3 0 1 0-1.2 5.8V20l1.7 1.2 1.5-1.5-1-1.2 1-1.2-1-1.6a3 3 0 0 0-1-6.2z",
    "phone": "M7.5 3h9v18h-9zM11 18h2",
    "plane": "M3.5 11.5L20.5 4l-5 16-4-6.5zM11.5 13.5l4-4",
    "plus": "M12 5v14M5 12h14",
    "radio": "M12 10.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z"
    "M8 8a5.7 5.7 0 0 0 0 8M16 8a5.7 5.7 0 0 1 0 8M5 5a10 10 0 0 0 0 14M19 5a10 10 0 0 1 0 14",
    "shield": "M12 3.5l7.5 3v5c0 4.5-3 7.7-7.5 9-4.5-1.3-7.5-4.5-7.5-9v-5zM8.8 12l2.3 2.3 4.2-4.4",
    "split": "M4 12h5l5-6h6M9 12l5 6h6M17.5 3.5L20 6l-2.5 2.5M17.5 15.5L20 18l-2.5 2.5",
    "updown": "M8 9.5l4-4 4 4M8 14.5l4 4 4-4",
    "trash": "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 12.5h9l1-12.5M10.3 11v5M13.7 11v5",
    "warning": "M12 4l9 15.5H3zM12 10v4.5M12 17v.1",
}
"""By what they show."""

CHANNEL_ICONS: dict[str, str] = {
    "discord": "chat",
    "discord-webhook": "chat",
    "email": "mail",
    "slack": "chat",
    "telegram": "plane",
    "webhook": "hook",
    "whatsapp": "chat",
}
"""The icon of each kind of channel; a kind that is not here gets a bell."""
