"""Logs: one wide structured line per stage, without keys, addresses or payloads."""

from pingpilot.observe.logs import Logger, configure, get_logger

__all__ = ["Logger", "configure", "get_logger"]
