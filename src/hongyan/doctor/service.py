"""All checks, in the order in which an operator would look."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from hongyan.doctor import backups, bus, database, disk, network, tls
from hongyan.doctor import clock as clock_check
from hongyan.doctor.model import MIB, Finding
from hongyan.foundation.blobs import open_blobs
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Migration, StorageUnavailable
from hongyan.foundation.db.health import Health, health_of
from hongyan.safekeeping import last_backup
from hongyan.settings import Settings

_MOUNTS = Path("/proc/self/mountinfo")


class Doctor:
    """`installed` is this program's version, `migrations` what its database must have."""

    def __init__(self, settings: Settings, clock: Clock, *, installed: str, migrations: Sequence[Migration]) -> None:
        self._settings = settings
        self._clock = clock
        self._installed = installed
        self._migrations = migrations

    async def examine(self) -> list[Finding]:
        """Everything; takes a few seconds, and longer when the public address does not answer."""
        settings, clock = self._settings, self._clock
        running = network.is_running(settings.data_dir)
        port, facts = network.look_at_port(settings, running=running)
        health, stored = self._look_at_database()
        latest_ms = health.latest_ms if health else None
        return [
            network.look_at_version(self._installed, facts),
            port,
            network.look_at_address(settings, clock, running=running),
            *tls.look(settings, clock),
            clock_check.look(clock, latest_ms=latest_ms, is_set=clock_check.is_set_by_itself()),
            *self._look_at_disk(),
            stored,
            await database.look_at_blobs(open_blobs(settings.blobs_place), str(settings.blobs_place)),
            *await bus.look(settings),
            backups.look(last_backup(settings.data_dir), clock),
        ]

    def _look_at_database(self) -> tuple[Health | None, Finding]:
        try:
            health = health_of(self._settings.database_url, self._migrations)
        except StorageUnavailable as error:
            where = "PostgreSQL" if self._settings.database else self._settings.database_url
            return None, database.unreachable(where, str(error))
        return health, database.judge(health)

    def _look_at_disk(self) -> list[Finding]:
        folder = self._settings.data_dir
        found = [disk.look_at_folder(folder)]
        if not folder.is_dir():
            return found
        found.append(disk.look_at_room(folder, reserve_bytes=self._settings.limits.disk_reserve_mib * MIB))
        mount = disk.mount_of(folder, _MOUNTS.read_text()) if _MOUNTS.exists() else None
        if kind := disk.look_at_kind(mount):
            found.append(kind)
        with suppress(OSError):  # A disk on which nothing can be written was told of above.
            times_s = disk.time_fsyncs(folder, self._clock)
            found.append(disk.judge_fsyncs(times_s, preloaded=os.environ.get("LD_PRELOAD", "")))
        return found
