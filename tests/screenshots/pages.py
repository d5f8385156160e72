"""Which pages the pictures show, by their names, and as whom."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "src/pingpilot/console/site"

PUBLIC = {
    "start": "/",
    "sign-up": "/sign-up",
    "sign-in": "/sign-in",
    "forgot": "/forgot",
    "forgot-sent": "/forgot/sent",
    "reset-done": "/reset/done",
    "join": "/join/{token}",
    "join-over": "/join/unknown",
    "email-undo-over": "/dashboard/account-settings/email-undo/unknown",
    "not-found": "/nothing/here",
    "sign-out": "/sign-out",
    "unsubscribe-over": "/unsubscribe/unknown",
    "answer-over": "/answer/unknown",
    "api-reference": "/docs/api",
}
NEW = {
    "new-dashboard": "/dashboard",
    "new-events": "/dashboard/events",
    "new-channels": "/dashboard/channels",
    "new-api-key": "/dashboard/api-key",
}
"""What somebody sees who has just signed up."""
OWN = {
    "dashboard": "/dashboard",
    "parts": "/dashboard/_design",
    "category": "/dashboard/category/sale",
    "category-looked-for": "/dashboard/category/sale?field=amount&is=gt&value=90&sort=amount",
    "category-listening": "/dashboard/category/newsletter",
    "category-new": "/dashboard/new-category",
    "category-edit": "/dashboard/category/sale/edit",
    "category-delete": "/dashboard/category/sale/delete",
    "events": "/dashboard/events",
    "events-nothing": "/dashboard/events?q=nowhere",
    "events-failed": "/dashboard/events?status=FAILED",
    "events-saved": "/dashboard/events?q=bought&category=sale",
    "event": "/dashboard/events/{event}",
    "channels": "/dashboard/channels",
    "channel": "/dashboard/channels/{destination}",
    "channel-add": "/dashboard/channels/add/discord-webhook",
    **{
        f"channel-add-{kind}": f"/dashboard/channels/add/{kind}"
        for kind in (
            *("apprise", "discord", "email", "gotify", "ntfy", "pushover", "slack"),
            *("telegram", "webhook", "whatsapp"),
        )
    },
    "channel-add-push": "/dashboard/channels/add/push",
    "channel-remove": "/dashboard/channels/{destination}/remove",
    "api-key": "/dashboard/api-key",
    "connect": "/dashboard/connect",
    **{
        f"connect-{service}": f"/dashboard/connect/{service}"
        for service in ("alertmanager", "github", "grafana", "sentry", "stripe", "uptime-kuma")
    },
    "api-key-regenerate": "/dashboard/api-key/regenerate",
    "api-key-new": "/dashboard/api-key/new",
    "plan": "/dashboard/upgrade",
    "workspace": "/dashboard/workspace",
    "workspace-invite": "/dashboard/workspace/invite",
    "workspace-transfer": "/dashboard/workspace/transfer",
    "workspace-delete": "/dashboard/workspace/delete",
    "workspace-new": "/dashboard/workspaces/new",
    "audit-log": "/dashboard/workspace/log",
    "member": "/dashboard/workspace/members/{member}",
    "password": "/dashboard/account-settings/password",
    "passkey-add": "/dashboard/account-settings/passkeys/add",
    "settings": "/dashboard/account-settings",
    "activity": "/dashboard/account-settings/activity",
    "email": "/dashboard/account-settings/email",
    "app": "/dashboard/account-settings/two-factor/app",
    "account-delete": "/dashboard/account-settings/delete",
    "sign-in-again": "/reauthenticate",
    "operator": "/admin",
    "operator-workspaces": "/admin/workspaces",
    "operator-users": "/admin/users",
    "operator-dead": "/admin/dead",
    "operator-audit": "/admin/audit",
}
VIEWED = {
    "viewer-dashboard": "/dashboard",
    "viewer-category": "/dashboard/category/sale",
    "viewer-channels": "/dashboard/channels",
    "viewer-workspace": "/dashboard/workspace",
    "workspace-leave": "/dashboard/workspace/leave",
    "forbidden": "/dashboard/new-category",
}
"""What somebody sees who may only look."""
SECURED = {
    "secured-settings": "/dashboard/account-settings",
    "recovery-codes": "/dashboard/account-settings/recovery-codes",
    "recovery-codes-new": "/dashboard/account-settings/recovery-codes/new",
    "app-remove": "/dashboard/account-settings/two-factor/app/remove",
}
"""What somebody sees who has a second step."""
BROKEN = {"our-fault": "/dashboard/events"}
IN_README = {("start", "desk-light"), ("dashboard", "desk-light"), ("category", "desk-dark")}


def handbook() -> dict[str, str]:
    """Return every page of the handbook as `make site` made it."""
    folders = (path.parent.relative_to(SITE).as_posix() for path in sorted(SITE.rglob("index.html")))
    return {
        f"handbook-{folder.replace('/', '-').strip('.') or 'index'}": "/docs/" if folder == "." else f"/docs/{folder}/"
        for folder in folders
    }
