"""A message as a mail shows it: a card in the category's colour, a table of the fields, a button for each answer."""

from datetime import datetime
from html import escape

from pingpilot.domain.fitting import label_of, one_line, printable, visible
from pingpilot.domain.message import Field, Message
from pingpilot.domain.question import Choice

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""In English, whatever the locale."""

_FONT = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

_ROW = (
    '<tr><td class="soft line" style="padding:9px 16px 9px 0;border-top:1px solid #e5e7eb;color:#6b7280;'
    'font-size:14px;line-height:20px;vertical-align:top;width:34%;word-break:break-word">{name}</td>'
    '<td class="ink line" style="padding:9px 0;border-top:1px solid #e5e7eb;color:#111827;font-size:14px;'
    'line-height:20px;vertical-align:top;word-break:break-word">{value}</td></tr>'
)
_TABLE = (
    '<table width="100%" cellpadding="0" cellspacing="0" style="margin-top:20px;border-collapse:collapse">'
    "{rows}</table>"
)
_CHOICE = (
    '<p style="margin:12px 0 0"><a href="{link}" class="ink line" style="display:block;padding:11px 16px;'
    "border:1px solid #d1d5db;border-radius:8px;color:#111827;font-size:15px;line-height:20px;font-weight:600;"
    'text-align:center;text-decoration:none;word-break:break-word">{text}</a></p>'
)
_REMARK = '<p class="soft" style="margin:16px 0 0;color:#6b7280;font-size:13px;line-height:18px">{text}</p>'

_LEAVE = ' <a href="{link}" class="soft" style="color:#6b7280">Unsubscribe</a>'

_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
    "<title>{title}</title><style>:root{{color-scheme:light dark}}@media (prefers-color-scheme:dark){{"
    ".page{{background:#0f1115!important}}.card{{background:#181b21!important;border-color:#2b303a!important}}"
    ".ink{{color:#f3f4f6!important}}.soft{{color:#9ca3af!important}}.line{{border-color:#2b303a!important}}}}"
    '</style></head><body class="page" style="margin:0;padding:0;background:#f3f4f6">'
    '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{preview}</div>'
    '<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f4f6">'
    '<tr><td align="center" style="padding:32px 12px">'
    '<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;'
    f"background:#ffffff;border:1px solid #e5e7eb;border-radius:12px;border-collapse:separate;{_FONT}"
    '"><tr><td style="height:8px;line-height:8px;font-size:0;background:{color};border-radius:11px 11px 0 0">&nbsp;'
    '</td></tr><tr><td style="padding:28px 32px 32px">'
    '<h1 class="ink" style="margin:0;color:#111827;font-size:22px;line-height:30px;font-weight:650">{heading}</h1>'
    '<p class="soft" style="margin:4px 0 0;color:#6b7280;font-size:13px;line-height:18px">{when}</p>'
    '<p class="ink" style="margin:20px 0 0;color:#111827;font-size:16px;line-height:24px;word-break:break-word">'
    "{description}</p>{choices}{fields}"
    '<table role="presentation" cellpadding="0" cellspacing="0" style="margin-top:28px"><tr>'
    '<td style="border-radius:8px;background:{color}"><a href="{link}" style="display:inline-block;padding:12px 22px;'
    f"color:{{ink}};font-size:15px;line-height:20px;font-weight:600;text-decoration:none;{_FONT}"
    '">View dashboard</a></td></tr></table>{remarks}</td></tr></table>'
    '<p class="soft" style="margin:16px 0 0;color:#6b7280;font-size:12px;line-height:18px;'
    f'{_FONT}">Sent by PingPilot for your workspace. '
    "Choose what you get on the dashboard's Channels page.{leave}</p>"
    "</td></tr></table></body></html>"
)


def html_of(message: Message, leave: str = "") -> str:
    """Return the HTML of a message: inline styles for mail clients that know nothing else, every text escaped."""
    return _PAGE.format(
        title=_text(message.title),
        heading=_heading(message),
        color=message.color_hex,
        ink=_ink_on(message.color),
        preview=_text(message.description[:140]),
        when=_text(when_text(message.occurred_at)),
        description=_lines(message.description),
        choices="".join(map(_choice, message.choices)),
        fields=_TABLE.format(rows="".join(map(_row, message.fields))) if message.fields else "",
        link=_text(message.link),
        remarks="".join(_REMARK.format(text=_text(remark)) for remark in message.remarks),
        leave=_LEAVE.format(link=_text(leave)) if leave else "",
    )


def _heading(message: Message) -> str:
    title = _text(message.title)
    return f'<a href="{_text(message.url)}" style="color:inherit">{title}</a>' if message.url else title


def _row(field: Field) -> str:
    return _ROW.format(name=_text(field.name), value=_lines(visible(field.value)))


def _choice(choice: Choice) -> str:
    return _CHOICE.format(text=_text(label_of(choice.text)), link=_text(choice.url))


def _text(text: str) -> str:
    return escape(one_line(text), quote=True)


def _lines(text: str) -> str:
    return escape(printable(text), quote=True).replace("\n", "<br>")


def _ink_on(color: int) -> str:
    """Return black or white, whichever reads better on a colour. Source: ITU-R BT.601 luma."""
    red, green, blue = color >> 16 & 255, color >> 8 & 255, color & 255
    return "#111827" if 299 * red + 587 * green + 114 * blue > 150_000 else "#ffffff"


def when_text(at: datetime) -> str:
    """Return an instant for people, in English and in UTC."""
    return f"{DAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]} {at.year}, {at:%H:%M:%S} UTC"
