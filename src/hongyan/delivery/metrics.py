"""Counts of what passes through, never of whose it is."""

from prometheus_client import Counter

POSTS = Counter("hongyan_posts", "Sends and commits decided", ["verdict"])
ENVELOPES = Counter("hongyan_envelopes", "Rows of mail stored")
EXPIRED = Counter("hongyan_mail_expired", "Bodies erased undelivered", ["why"])
