"""Signals passed on to a command that runs in our place."""

import os
import signal
import subprocess
import threading
from types import FrameType
from typing import Self

FORWARDED = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
OF_TERMINAL = ("SIGINT", "SIGQUIT")
"""A terminal sends these to all that run in front: the command has them already."""


class Forwarding:
    """While its context lasts, signals end the command and not us; those that are ignored stay so.

    Once the command has ended, SIGINT raises KeyboardInterrupt, and the others are of no effect.
    """

    def __init__(self) -> None:
        """Begin with no command: what comes early is passed on when there is one."""
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        """Take the signals; only the main thread can."""
        if threading.current_thread() is threading.main_thread():
            numbers = [getattr(signal, name) for name in FORWARDED if hasattr(signal, name)]
            heeded = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
            self._before = {number: signal.signal(number, self._forward) for number in heeded}
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # what `signal.signal` returned itself

    def to(self, process: "subprocess.Popen[bytes]") -> None:
        """Pass signals on to this command."""
        self._process = process
        while self._early:
            process.send_signal(self._early.pop(0))

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        if self._process is not None and self._process.returncode is not None:
            if number == signal.SIGINT:  # a person does not want to wait for the report
                raise KeyboardInterrupt
            return
        if signal.Signals(number).name in OF_TERMINAL and _is_in_front():
            return
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)


def _is_in_front() -> bool:
    """Tell whether a terminal counts us among those that it sends its signals to."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
