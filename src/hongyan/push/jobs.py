"""Timed work of push."""

from hongyan.foundation.jobs import Jobs
from hongyan.push.service import Push

LOOK_EVERY_S = 60


def schedule(jobs: Jobs, push: Push) -> None:
    jobs.every("push.look_everywhere", LOOK_EVERY_S, push.waker.look_everywhere)
