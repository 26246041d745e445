"""HTTP of contacts; SPEC.md §2 has the table."""

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from hongyan.accounts import PersonAnswer, person_fields
from hongyan.contacts import wire
from hongyan.contacts.model import Rules
from hongyan.contacts.refusals import allowed
from hongyan.contacts.service import ContactBook
from hongyan.foundation.http import Access, Caller
from hongyan.foundation.ids import AccountId

TheContacts = NamedDependency[ContactBook]
TheCaller = NamedDependency[Caller]

_DEVICE = {"access": Access.DEVICE}


@get("/contacts", opt=_DEVICE)
async def contacts(caller: TheCaller, contact_book: TheContacts) -> wire.ContactsAnswer:
    """The caller's friends, requests in both directions, and whom she blocks."""
    mine = await contact_book.of(caller.account_id)
    return wire.ContactsAnswer(
        contacts=[
            wire.ContactAnswer(**person_fields(person), since_ms=friend.since_ms, greeting=friend.greeting)
            for person, friend in mine.friends
        ],
        incoming=[
            wire.IncomingAnswer(**person_fields(person), greeting=request.greeting, at_ms=request.at_ms)
            for person, request in mine.incoming
        ],
        outgoing=[
            wire.OutgoingAnswer(**person_fields(person), at_ms=request.at_ms) for person, request in mine.outgoing
        ],
        blocked=[PersonAnswer(**person_fields(person)) for person in mine.blocked],
    )


@get("/contacts/rules", opt=_DEVICE)
async def rules(caller: TheCaller, contact_book: TheContacts) -> wire.RulesAnswer:
    """In which ways the caller may be asked to be friends."""
    mine = await contact_book.rules(caller.account_id)
    return wire.RulesAnswer(by_name=mine.by_name, by_code=mine.by_code, by_group=mine.by_group)


@put("/contacts/rules", opt=_DEVICE, status_code=204)
async def put_rules(caller: TheCaller, data: JSONBody[wire.RulesBody], contact_book: TheContacts) -> None:
    """Say in which ways the caller may be asked."""
    await contact_book.put_rules(caller.account_id, Rules(data.by_name, data.by_code, data.by_group))


@post("/contacts/requests", opt=_DEVICE, status_code=200)
async def request(caller: TheCaller, data: JSONBody[wire.RequestBody], contact_book: TheContacts) -> wire.RequestAnswer:
    """Ask somebody to be friends."""
    outcome = await contact_book.request(caller.account_id, AccountId(data.account_id), data.greeting, data.invitation)
    return wire.RequestAnswer(state=allowed(outcome).value)


@post("/contacts/requests/{account_id:int}/accept", opt=_DEVICE, status_code=204)
async def accept(caller: TheCaller, account_id: FromPath[int], contact_book: TheContacts) -> None:
    """Become friends with somebody who asked."""
    allowed(await contact_book.accept(caller.account_id, AccountId(account_id)))


@post("/contacts/requests/{account_id:int}/decline", opt=_DEVICE, status_code=204)
async def decline(caller: TheCaller, account_id: FromPath[int], contact_book: TheContacts) -> None:
    """Put a request aside; its sender is not told."""
    await contact_book.decline(caller.account_id, AccountId(account_id))


@delete("/contacts/{account_id:int}", opt=_DEVICE)
async def remove(caller: TheCaller, account_id: FromPath[int], contact_book: TheContacts) -> None:
    """Be friends no more."""
    await contact_book.remove(caller.account_id, AccountId(account_id))


@put("/blocks/{account_id:int}", opt=_DEVICE, status_code=204)
async def block(caller: TheCaller, account_id: FromPath[int], contact_book: TheContacts) -> None:
    """Let nothing of somebody arrive."""
    allowed(await contact_book.block(caller.account_id, AccountId(account_id)))


@delete("/blocks/{account_id:int}", opt=_DEVICE)
async def unblock(caller: TheCaller, account_id: FromPath[int], contact_book: TheContacts) -> None:
    """Lift a block."""
    await contact_book.unblock(caller.account_id, AccountId(account_id))


def routes(contact_book: ContactBook) -> Router:
    """All of the contacts' HTTP."""
    return Router(
        "/",
        route_handlers=[contacts, rules, put_rules, request, accept, decline, remove, block, unblock],
        dependencies={"contact_book": Provide(lambda: contact_book, sync_to_thread=False)},
    )
