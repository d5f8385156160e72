"""Mails of accounts, sent beside the request: the time a page takes must not tell whether a mail went out."""

import atexit
import queue
import smtplib
import threading
import time
from collections.abc import Callable, Sequence
from functools import cache

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from pingpilot.observe import get_logger

WAITING_MAX = 1_000
"""Mails that may wait for the mail server; further ones are dropped, and asked for again by whom they were for."""
RETRY_AFTER_S = (2.0, 10.0, 60.0)
CLOSE_WITHIN_S = 5.0

_log = get_logger(__name__)


class Postman:
    """Takes mails to the mail server, one after the other, on a thread of its own."""

    def __init__(
        self,
        send: Callable[[EmailMessage], object],
        sleep: Callable[[float], None] = time.sleep,
        room: int = WAITING_MAX,
    ) -> None:
        """Take how a mail is sent, how to wait before it is tried again, and how many may wait."""
        self._send = send
        self._sleep = sleep
        self._waiting: queue.Queue[EmailMessage] = queue.Queue(room)
        threading.Thread(target=self._run, name="postman", daemon=True).start()

    def take(self, mail: EmailMessage) -> bool:
        """Take a mail to be sent; False when too many wait."""
        try:
            self._waiting.put_nowait(mail)
        except queue.Full:
            _log.error("mail.dropped", waiting=self._waiting.maxsize)
            return False
        return True

    def close(self, within_s: float = CLOSE_WITHIN_S) -> bool:
        """Wait until all is sent, but not for ever; tell whether it is."""
        with self._waiting.all_tasks_done:
            return self._waiting.all_tasks_done.wait_for(lambda: not self._waiting.unfinished_tasks, within_s)

    def _run(self) -> None:
        while True:
            mail = self._waiting.get()
            try:
                self._deliver(mail)
            except Exception as error:  # noqa: BLE001 - one mail that cannot be sent must not end the thread
                _log.error("mail.failed", error=type(error).__name__)
            finally:
                self._waiting.task_done()

    def _deliver(self, mail: EmailMessage) -> None:
        for pause_s in RETRY_AFTER_S:
            try:
                self._send(mail)
            except OSError as error:  # smtplib's errors are OSErrors
                if _is_final(error):
                    raise
                self._sleep(pause_s)
            else:
                return
        self._send(mail)


class BackgroundBackend(BaseEmailBackend):
    """Django's way to send a mail: hands it to the postman of this process."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Hand the mails over, and return how many were taken."""
        return sum(_postman().take(mail) for mail in email_messages)


@cache
def _postman() -> Postman:
    postman = Postman(lambda mail: SmtpBackend().send_messages([mail]))
    atexit.register(postman.close)
    return postman


def _is_final(error: OSError) -> bool:
    """Tell whether trying again is pointless: the server has refused this mail. Source: RFC 5321 section 4.2.1."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500
