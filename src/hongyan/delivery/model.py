"""What the Delivery Service knows: limits, groups, and what one group commit is asked to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol, TypeAlias

import msgspec

from hongyan.delivery.frames import Commit, Send, Urgency, VerdictCode
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId, DeviceId, GroupId

# [DS12]
MESSAGE_BYTES_MAX: Final = 256 * 1024
COMMIT_BYTES_MAX: Final = 1024 * 1024
WELCOME_BYTES_MAX: Final = 1024 * 1024
GROUP_INFO_BYTES_MAX: Final = 1024 * 1024
GROUP_ACCOUNTS_MAX: Final = 500
GROUP_DEVICES_MAX: Final = 1_500
FRAMES_IN_FLIGHT_MAX: Final = 64

# [RT1] [RT3]
HELLO_WITHIN_S: Final = 10.0
MAIL_IN_FLIGHT_MAX: Final = 256
MAIL_IN_FLIGHT_BYTES_MAX: Final = 1024 * 1024

# [DS7]
MAIL_LIFETIME_MS: Final = 30 * 86_400_000
MAILBOX_ROWS_MAX: Final = 20_000

# [DS13]
KEY_PACKAGES_MAX: Final = 100
KEY_PACKAGE_BYTES_MAX: Final = 8 * 1024
KEY_PACKAGES_LOW: Final = 10
KEY_PACKAGE_LIFETIME_MS: Final = 90 * 86_400_000
CLAIM_ACCOUNTS_MAX: Final = 500

# Behind admission [OV2]: sends waiting for the writer, all connections together, above which the answer is `busy`.
BACKLOG_POSTS_MAX: Final = 8_192
GREETINGS_WAITING_MAX: Final = 10_000
BUSY_RETRY_MS: Final = 500
SUSPENDED_RETRY_MS: Final = 30_000
STORAGE_RETRY_MS: Final = 5_000
UNAVAILABLE_RETRY_MS: Final = 1_000
# Acknowledged mail is erased this often: each time in a share of the mailboxes, at least in so many.
ERASE_EVERY_S: Final = 0.02
ERASE_SHARES: Final = 8
ERASE_MAILBOXES_MIN: Final = 64

# By device: its account, and up to which seq it has acknowledged.
Acks: TypeAlias = dict[DeviceId, tuple[AccountId, int]]


class Consent(Protocol):
    """Whether something from one account may reach another [DS8]; false once either blocks."""

    def __call__(self, tx: Tx, from_account: AccountId, to_account: AccountId, /) -> bool: ...


class Directory(Protocol):
    """Whose devices these are; unknown and removed devices are left out."""

    def __call__(self, tx: Tx, device_ids: Sequence[DeviceId], /) -> dict[DeviceId, AccountId]: ...


class Post(msgspec.Struct, gc=False):
    """A send or commit on its way through the writer; `line` is who waits for the verdict.

    `came_s`: when it was read from the socket, by the monotonic clock.
    """

    line: object
    device_id: DeviceId
    account_id: AccountId
    frame: Send | Commit
    came_s: float


class Work(msgspec.Struct):
    """What the writer is asked to do in one go: posts in order of arrival, then acknowledgements."""

    posts: list[Post]
    acks: Acks


class Waker(Protocol):
    """Who is told, on the loop and after the commit, which devices may have to be woken [PU2]."""

    @property
    def watched(self) -> set[DeviceId]:
        """The devices it wants to hear of."""
        ...

    def mail_waits(self, device_id: DeviceId, seq: int) -> None:
        """Mail that is worth waking for was stored for the device, connected or not."""
        ...

    def came(self, device_id: DeviceId) -> None: ...

    def left(self, device_id: DeviceId) -> None: ...


class Delivery(msgspec.Struct, gc=False):
    """One stored body and those whose mailbox has it; `envelope` is encoded once for all of them.

    An empty envelope was too large to be passed on by another process: it is read back from the mailbox.
    """

    seq: int
    envelope: bytes
    recipients: list[DeviceId]
    urgency: Urgency = Urgency.QUIET


class Decided(msgspec.Struct, gc=False):
    post: Post
    code: VerdictCode
    epoch: int
    retry_after_ms: int = 0


class Arrival(msgspec.Struct, frozen=True):
    """Accounts of which a device came into a group: their devices that are not in its roster are to come too."""

    accounts: frozenset[AccountId]
    roster: dict[DeviceId, AccountId]


class Span(NamedTuple):
    """The seqs that one transaction took, whether there is mail under each or not."""

    first: int
    last: int


class Sorted(msgspec.Struct):
    """What one group commit made true; announced once it is durable [DS11]. `span`: None if it took no seq."""

    decided: list[Decided]
    deliveries: list[Delivery]
    arrivals: list[Arrival]
    span: Span | None = None

    def counts(self) -> Counter[VerdictCode]:
        return Counter([one.code for one in self.decided])


@dataclass(slots=True)
class Group:
    """A group as the writer sees it during one transaction.

    `accounts_peak`: the most accounts it ever had at once; a group that never had more than two is a direct chat.
    """

    group_id: GroupId
    epoch: int
    accounts_peak: int
    roster: dict[DeviceId, AccountId] = field(default_factory=dict)

    def accounts(self) -> set[AccountId]:
        return set(self.roster.values())


@dataclass(slots=True)
class Mailbox:
    """A device's mailbox without its mail: the last acknowledgement and the window of numbers [DS4].

    `stored`: it has a row. A device that is gone has none, and must not come back as one.
    """

    account_id: AccountId
    acked: int = 0
    highest_no: int = 0
    accepted: int = 0
    stored: bool = False


class GroupSummary(msgspec.Struct, frozen=True):
    """One row of the caller's groups; `joined`: the asking device is in the roster."""

    group_id: bytes
    epoch: int
    joined: bool


class GroupInfo(msgspec.Struct, frozen=True):
    epoch: int
    group_info: bytes
    roster: list[int]


class MailboxState(msgspec.Struct, frozen=True):
    """`acked`, `last_no` and `newest` of `ready` [RT2]."""

    acked: int
    last_no: int
    newest: int
