"""Hongyan in the terminal: `hongyan chat`, `hongyan send`, `hongyan export`."""

from hongyan.sdk.terminal.chat import chat
from hongyan.sdk.terminal.export import export
from hongyan.sdk.terminal.send import send
from hongyan.sdk.terminal.session import client_at

__all__ = ["chat", "client_at", "export", "send"]
