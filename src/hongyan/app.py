"""The composition root: builds every feature in order, in plain sight. A newcomer starts reading here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket

from litestar import Litestar

from hongyan import __version__, accounts, admin, backup, contacts, delivery, media, moving, push, safekeeping, wallet
from hongyan.foundation import db as database
from hongyan.foundation import inventory, limits, starting
from hongyan.foundation.addresses import allowed_hosts
from hongyan.foundation.blobs import Blobs, open_blobs
from hongyan.foundation.bus import Bus, open_bus
from hongyan.foundation.clock import Clock, SystemClock
from hongyan.foundation.db import Database, Migration, migrations_of, open_database
from hongyan.foundation.events import Events
from hongyan.foundation.http import (
    Admission,
    HttpServer,
    Root,
    Route,
    Site,
    TlsFiles,
    build_api,
    describe,
    require_access,
)
from hongyan.foundation.jobs import Jobs
from hongyan.foundation.outside import Outside
from hongyan.foundation.overload import Class, Gate
from hongyan.foundation.problems import Catalogue
from hongyan.foundation.realtime import Endpoint, Realtime
from hongyan.settings import MIB, Settings

# In the order of the tiers: a feature's tables may refer to those of the features before it.
PACKAGES = (
    "hongyan.foundation",
    "hongyan.accounts",
    "hongyan.delivery",
    "hongyan.push",
    "hongyan.contacts",
    "hongyan.media",
    "hongyan.wallet",
    "hongyan.backup",
    "hongyan.admin",
)
INVENTORY = (
    *inventory.INVENTORY,
    *accounts.INVENTORY,
    *delivery.INVENTORY,
    *push.INVENTORY,
    *contacts.INVENTORY,
    *media.INVENTORY,
    *wallet.INVENTORY,
    *backup.INVENTORY,
    *admin.INVENTORY,
)
CATALOGUE = Catalogue(
    accounts.TEXTS, delivery.TEXTS, push.TEXTS, contacts.TEXTS, media.TEXTS, wallet.TEXTS, backup.TEXTS
)
# [OV1]; what is not named is Class.ASK.
CLASSES: Mapping[str, Class] = {
    "/api/server": Class.FIRST,
    "/api/join": Class.FIRST,
    "/api/invitations/look": Class.FIRST,
    "/api/login": Class.FIRST,
    "/api/devices": Class.FIRST,
    "/api/device-links": Class.FIRST,
    "/api/recoveries": Class.FIRST,
    "/api/backup": Class.BULK,
    "/api/backup/open": Class.FIRST,
    "/api/media": Class.BULK,
}
LIMITS: Mapping[str, int] = {**delivery.LIMITS, **media.LIMITS}
BLOB_FEATURES = ("media", "backup")
WEBAPP = Path(__file__).parent / "webapp"


def migrations() -> list[Migration]:
    return [migration for package in PACKAGES for migration in migrations_of(package)]


@dataclass(slots=True)
class App:
    """A built server: not yet listening, its database migrated."""

    settings: Settings
    db: Database
    clock: Clock
    events: Events
    jobs: Jobs
    blobs: Blobs
    bus: Bus
    outside: Outside
    accounts: accounts.Accounts
    delivery: delivery.Delivery
    push: push.Push
    media: media.Media
    wallet: wallet.Wallet
    gate: Gate
    api: Litestar
    realtime: Realtime
    _server: HttpServer | None = field(default=None, init=False)

    async def start(self, sock: socket) -> None:
        """Serve on `sock`. Raises CannotStart when the TLS files or the key for push cannot be used."""
        tls = None
        if self.settings.tls_cert_file and self.settings.tls_key_file:
            tls = TlsFiles(self.settings.tls_cert_file, self.settings.tls_key_file)
        admission = Admission(self.api, self.gate, self.clock, CATALOGUE, CLASSES)
        root = Root(admission, Site(WEBAPP, CATALOGUE), is_secure=self.settings.url.startswith("https://"))
        with starting.explained(str(tls.cert) if tls else ""):
            self._server = HttpServer(root, self.realtime, sock, tls)
        await self.blobs.settle()
        try:
            await self.push.start()
        except push.KeyUnusable as error:
            raise starting.CannotStart(starting.unusable_key(error.path, error.reason)) from error
        except push.KeyDiffers as error:
            raise starting.CannotStart(starting.another_key(error.path)) from error
        try:
            await self.wallet.start()
        except wallet.PepperUnusable as error:
            raise starting.CannotStart(starting.unusable_pepper(error.path, error.reason)) from error
        await self.bus.start()
        self.delivery.relay.start()
        self.events.start()
        self.jobs.start()
        await self._server.start()

    async def stop(self) -> None:
        """Stop listening, say goodbye to every socket, store what is queued."""
        await self.wallet.stop()
        await self.push.stop()
        await self.outside.close()
        self.delivery.hub.close()
        if self._server is not None:
            await self._server.stop()
        await self.jobs.stop()
        await self.events.stop()
        await self.delivery.flush()
        await self.media.flush()
        await self.delivery.relay.stop()
        await self.bus.stop()
        self.wallet.close()
        self.accounts.close()
        await self.db.close()


def build(
    settings: Settings, clock: Clock | None = None, *, database_url: str | None = None, with_schema: bool = False
) -> App:
    """Open and migrate the database and build every feature on it. Raises CannotStart.

    `database_url` in place of the settings' is for tests; `with_schema` is for `openapi_document`.
    """
    clock = clock or SystemClock()
    url = database_url or settings.database_url
    starting.refuse_half_restored(settings.data_dir)
    moving.refuse_moved(settings)
    with starting.explained(url if url == database.MEMORY or "://" not in url else "PostgreSQL"):
        db = open_database(url)
        db.migrate(migrations(), clock)
    events = Events(db, clock)
    jobs = Jobs(db, clock)
    gate = Gate(clock, db)
    blobs = open_blobs(settings.blobs_place, reserve_bytes=settings.limits.disk_reserve_mib * MIB)

    jobs.every("foundation.erase_expired_limits", 300, lambda: limits.erase_all_expired(db, clock))

    people = accounts.Accounts(db, clock, public_url=settings.url)
    accounts.schedule(jobs, people)

    bus = open_bus(settings.bus, name=settings.domain)
    post, realtime_endpoint = delivery.build(db, clock, gate, bus, people, contacts.may_reach)
    delivery.schedule(jobs, post, db, clock)

    outside = Outside(allowed_hosts(settings.push.inner_hosts))
    waking = push.Push(
        db,
        clock,
        post.hub,
        bus,
        outside,
        folder=settings.data_dir,
        public_url=settings.url,
        domain=settings.domain,
    )
    people.hooks.device_removed.append(waking.device_removed)
    people.hooks.account_suspended.append(waking.account_suspended)
    push.schedule(jobs, waking)

    book = contacts.ContactBook(db, clock, people, post.notify)
    contacts.schedule(jobs, book)

    backups = backup.Backups(
        db, clock, blobs, people, contacts.may_reach, post.notify, bytes_max=settings.limits.backup_mib_max * MIB
    )
    backup.schedule(jobs, backups)

    sealed = media.Media(db, clock, blobs, people, post.roster, _quota(settings))
    media.schedule(jobs, sealed)

    money = wallet.build(
        db,
        clock,
        people,
        contacts.may_reach,
        post.notify,
        outside,
        _rails(settings),
        folder=settings.data_dir,
        public_url=settings.url,
    )
    money.schedule(jobs)

    owner = admin.Admin(
        db,
        clock,
        people,
        _limits(settings),
        folder=settings.data_dir,
        version=__version__,
        backed_up_at_ms=lambda: _backed_up_at_ms(settings),
    )
    admin.schedule(jobs, owner)

    facts = accounts.ServerFacts(settings.domain, __version__, LIMITS, INVENTORY)
    routes: list[Route] = [
        accounts.routes(people, clock, facts),
        delivery.routes(post),
        push.routes(waking),
        contacts.routes(book),
        backup.routes(backups),
        media.routes(sealed),
        *money.routes,
        admin.routes(owner),
    ]
    endpoints: dict[str, Endpoint] = {"/realtime": realtime_endpoint}
    api = build_api(routes, authenticator=people, catalogue=CATALOGUE, version=__version__, with_schema=with_schema)
    realtime = Realtime(
        endpoints,
        clock,
        origins=frozenset({settings.url}),
        connections_max=settings.limits.connections_max,
    )
    return App(
        settings,
        db,
        clock,
        events,
        jobs,
        blobs,
        bus,
        outside,
        people,
        post,
        waking,
        sealed,
        money,
        gate,
        api,
        realtime,
    )


def _rails(settings: Settings) -> list[wallet.Rail]:
    """The ways to pay in that the operator set up."""
    chosen = settings.rails
    if chosen.stripe_keys_file is None:
        return []
    try:
        return [wallet.stripe_in(chosen.stripe_keys_file, chosen.stripe_currency, chosen.stripe_address)]
    except wallet.KeysUnusable as error:
        raise starting.CannotStart(starting.unusable_stripe_keys(error.path, error.reason)) from error


def _quota(settings: Settings) -> media.Quota:
    whole_mib = settings.limits.media_mib_max
    return media.Quota(whole_mib * MIB if whole_mib else None, settings.limits.media_account_mib_max * MIB)


def _backed_up_at_ms(settings: Settings) -> int | None:
    record = safekeeping.last_backup(settings.data_dir)
    return None if record is None else record.at_ms


def _limits(settings: Settings) -> admin.AccountLimits:
    allowed = settings.limits
    return admin.AccountLimits(
        media_bytes_max=allowed.media_mib_max * MIB or None,
        media_account_bytes_max=allowed.media_account_mib_max * MIB,
        backup_account_bytes_max=allowed.backup_mib_max * MIB,
        disk_reserve_bytes=allowed.disk_reserve_mib * MIB,
        connections_max=allowed.connections_max,
    )


def openapi_document() -> str:
    """The OpenAPI 3.1 document of the API, as committed in protocol/openapi.json."""
    served, described = (build(Settings(), database_url=database.MEMORY, with_schema=it).api for it in (False, True))
    document = describe(described.openapi_schema.to_schema(), require_access(served))
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
