"""Timed work of media."""

from hongyan.foundation.jobs import Jobs
from hongyan.media.service import Media

LOOK_EVERY_S = 3_600
SWEEP_EVERY_S = 3_600


def schedule(jobs: Jobs, media: Media) -> None:
    jobs.every("media.erase_old", LOOK_EVERY_S, media.erase_old)
    jobs.every("media.sweep", SWEEP_EVERY_S, media.sweep)
