"""Invitations: the owner's first, links for members, and the friend links behind a person's QR code [CT3]."""

from dataclasses import dataclass

from hongyan.accounts import invitation_store, store
from hongyan.accounts.admission import too_many
from hongyan.accounts.hooks import Hooks
from hongyan.accounts.model import (
    INVITATION_LIFETIME_S_MAX,
    INVITATIONS_MADE,
    LOOKS,
    Invitation,
    InvitationKind,
    Person,
    Refusal,
    Refused,
)
from hongyan.accounts.rules import refusal_of_invitation
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId, InvitationId, new_id53, new_token, token_hash


@dataclass(frozen=True, slots=True)
class Made:
    """`token` is known now and never again: only its hash is kept."""

    invitation_id: InvitationId
    token: str
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What the holder of a link may know before she joins."""

    invitation: Invitation
    inviter: Person | None


class Invitations:
    def __init__(self, db: Database, clock: Clock, hooks: Hooks) -> None:
        self._db = db
        self._clock = clock
        self._hooks = hooks

    async def ensure_owner(self) -> str | None:
        """A new token of the owner's invitation, which replaces any older one; None once there is an owner."""

        def work(tx: Tx) -> str | None:
            invitation_store.erase_unused_owner_invitations(tx)
            if store.has_owner(tx):
                return None
            return self._make(tx, InvitationKind.OWNER, None, uses_max=1, lifetime_s=INVITATION_LIFETIME_S_MAX).token

        return await self._db.write(work)

    async def make_in_terminal(self, *, uses_max: int, lifetime_s: int, care_mode: bool) -> Made:
        """A member invitation by whoever holds the machine; it names no inviter."""
        return await self._db.write(
            lambda tx: self._make(
                tx, InvitationKind.MEMBER, None, uses_max=uses_max, lifetime_s=lifetime_s, care_mode=care_mode
            )
        )

    async def make(
        self,
        inviter_id: AccountId,
        kind: InvitationKind,
        *,
        by_owner: bool,
        uses_max: int,
        lifetime_s: int,
        care_mode: bool,
        language: str | None,
    ) -> Made | Refused:
        """Anyone may invite friends; only the owner invites members."""

        def work(tx: Tx) -> Made | Refused:
            if refused := too_many(tx, INVITATIONS_MADE, inviter_id, now_ms=self._clock.now_ms()):
                return refused
            if kind is InvitationKind.MEMBER:
                for hook in self._hooks.member_invited:
                    hook(tx, inviter_id)
            return self._make(
                tx,
                kind,
                inviter_id,
                uses_max=uses_max,
                lifetime_s=lifetime_s,
                care_mode=care_mode,
                language=language,
            )

        assert kind is not InvitationKind.OWNER
        if kind is InvitationKind.MEMBER and not by_owner:
            return Refused(Refusal.NOT_OWNER)
        return await self._db.write(work)

    async def look(self, token: str) -> Seen | Refused:
        """What the link says, if it still admits someone."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Seen | Refused:
            invitation = invitation_store.by_token(tx, token_hash(token))
            if invitation is None:
                return Refused(Refusal.INVITATION_UNKNOWN)
            if refused := too_many(tx, LOOKS, invitation.invitation_id, now_ms=now_ms):
                return refused
            if why := refusal_of_invitation(invitation, now_ms=now_ms):
                return Refused(why)
            inviter = store.people(tx, [invitation.inviter_id]) if invitation.inviter_id is not None else []
            return Seen(invitation, inviter[0] if inviter else None)

        # Guesses of strangers must not cost a write each.
        if await self._db.read(lambda tx: invitation_store.by_token(tx, token_hash(token))) is None:
            return Refused(Refusal.INVITATION_UNKNOWN)
        return await self._db.write(work)

    async def mine(self, account_id: AccountId) -> list[Invitation]:
        return await self._db.read(lambda tx: invitation_store.of_inviter(tx, account_id))

    async def withdraw(self, account_id: AccountId, invitation_id: InvitationId) -> None:
        """Nobody joins by it any more; none of that number is no error."""
        await self._db.write(lambda tx: invitation_store.erase(tx, invitation_id, account_id))

    def _make(
        self,
        tx: Tx,
        kind: InvitationKind,
        inviter_id: AccountId | None,
        *,
        uses_max: int,
        lifetime_s: int,
        care_mode: bool = False,
        language: str | None = None,
    ) -> Made:
        now_ms, token = self._clock.now_ms(), new_token()
        new = Invitation(
            invitation_id=InvitationId(new_id53()),
            token_hash=token_hash(token),
            kind=kind,
            inviter_id=inviter_id,
            uses=0,
            uses_max=uses_max,
            created_at_ms=now_ms,
            expires_at_ms=now_ms + lifetime_s * 1000,
            care_mode=care_mode,
            language=language,
        )
        invitation_store.insert(tx, new)
        return Made(new.invitation_id, token, new.expires_at_ms)


def use_friend_invitation(tx: Tx, token: str, *, of: AccountId, by: AccountId, now_ms: int) -> bool:
    """Whether `by` holds a friend invitation of `of` that still admits someone; it has one use less now.

    It admits each account once: who was removed as a friend does not come back by the same link.
    """
    invitation = invitation_store.by_token(tx, token_hash(token))
    if invitation is None or invitation.kind is not InvitationKind.FRIEND or invitation.inviter_id != of:
        return False
    if invitation_store.is_used_by(tx, invitation.invitation_id, by):
        return False
    if refusal_of_invitation(invitation, now_ms=now_ms) is not None:
        return False
    invitation_store.use(tx, invitation.invitation_id, by)
    return True
