"""Timed work of contacts."""

from hongyan.contacts.service import ContactBook
from hongyan.foundation.jobs import Jobs

ERASE_EXPIRED_EVERY_S = 3_600


def schedule(jobs: Jobs, contact_book: ContactBook) -> None:
    jobs.every("contacts.erase_expired", ERASE_EXPIRED_EVERY_S, contact_book.erase_expired)
