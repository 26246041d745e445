"""What `doctor`, `backup`, `restore`, `migrate` and `ledger` do: tell in `language`; None is JSON."""

import os
import sys
from pathlib import Path

from hongyan import __version__, doctor, moving, safekeeping, wallet
from hongyan.app import BLOB_FEATURES, migrations
from hongyan.foundation import starting
from hongyan.foundation.clock import SystemClock
from hongyan.foundation.db import OpenedDatabase, open_database
from hongyan.foundation.language import Language
from hongyan.settings import Settings, load


async def examine(settings: Settings, language: Language, *, as_json: bool) -> int:
    """Returns the exit code of the worst finding."""
    examined = doctor.Doctor(settings, SystemClock(), installed=__version__, migrations=migrations())
    findings = await examined.examine()
    lines = [doctor.as_json(findings, language)] if as_json else doctor.as_lines(findings, language)
    sys.stdout.writelines(line + "\n" for line in lines)
    return doctor.worst_of(findings).exit_code


async def back_up(settings: Settings, language: Language | None, place: Path | None, *, new_place: bool) -> None:
    """Raises Refused."""
    os.umask(0o077)
    keeper = safekeeping.Keeper(settings, SystemClock(), version=__version__, features=BLOB_FEATURES)
    done = await keeper.back_up(place, new_place=new_place)
    sys.stdout.write(safekeeping.shown.backed_up(done, language) + "\n")


def list_backups(place: Path) -> None:
    """The oldest is first. Raises Refused."""
    safekeeping.Place(place).mark()
    sys.stdout.writelines(name + "\n" for name in safekeeping.Place(place).snapshots())


async def restore(
    data_dir: Path, language: Language | None, place: Path, *, snapshot: str | None, leave_out_damaged: bool
) -> None:
    """Raises Refused, CannotStart."""
    os.umask(0o077)
    known = {migration.feature: migration.number for migration in migrations()}
    restorer = safekeeping.Restorer(lambda folder: load(os.environ, data_dir=folder).settings, SystemClock(), known)
    done = await restorer.restore(place, data_dir, snapshot=snapshot, leave_out_damaged=leave_out_damaged)
    sys.stdout.write(safekeeping.shown.restored(done, data_dir, language) + "\n")


async def migrate(old: Settings, new: Settings, language: Language | None) -> None:
    """Raises Refused, CannotStart."""
    os.umask(0o077)
    with moving.shown.progress(language) as told:
        done = await moving.Mover(SystemClock(), migrations(), BLOB_FEATURES, told).move(old, new)
    sys.stdout.write(moving.shown.moved(done, new, language) + "\n")


async def verify_ledger(settings: Settings, language: Language, *, as_json: bool) -> int:
    """Replay the ledger from the beginning, also beside a running server. Raises CannotStart."""
    db = _database(settings)
    try:
        checked = await db.read(wallet.verify)
    finally:
        await db.close()
    lines = [wallet.shown.as_json(checked, language)] if as_json else wallet.shown.as_lines(checked, language)
    sys.stdout.writelines(line + "\n" for line in lines)
    return 1 if checked.findings else 0


async def sign_with_new_key(settings: Settings, language: Language) -> None:
    """Let the books be signed with the key of this data folder from now on. Raises CannotStart."""
    os.umask(0o077)
    db = _database(settings)
    try:
        audit = wallet.Audit(db, SystemClock(), folder=settings.data_dir)
        signed = await audit.sign(with_new_key=True)
    finally:
        await db.close()
    sys.stdout.write(wallet.shown.signed(signed).into(language) + "\n")


def _database(settings: Settings) -> OpenedDatabase:
    url = settings.database_url
    with starting.explained(url if "://" not in url else "PostgreSQL"):
        db = open_database(url)
        db.migrate(migrations(), SystemClock())
    return db
