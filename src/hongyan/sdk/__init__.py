"""Hongyan from Python: bots, scripts, the terminal. Async, typed, end-to-end encrypted as the app is.

It stands beside the server and talks to it only over the network; `pip install hongyan[sdk]`.
"""

from hongyan.sdk.chats import Chat, Chats, Message
from hongyan.sdk.client import Client
from hongyan.sdk.contacts import FriendRequest
from hongyan.sdk.content.details import Attachment, Card, Detail, Link, Location, Record
from hongyan.sdk.groups.admission import JoinRequest
from hongyan.sdk.people import Person
from hongyan.sdk.trouble import Trouble

__all__ = [
    "Attachment",
    "Card",
    "Chat",
    "Chats",
    "Client",
    "Detail",
    "FriendRequest",
    "JoinRequest",
    "Link",
    "Location",
    "Message",
    "Person",
    "Record",
    "Trouble",
]
