"""One person on the SDK, driven over JSON lines: one request, one answer a line.

The driver is web/tests/soak/agree.test.ts, which plays random histories over people on the app's core and people on
the SDK. A request is `{"do": verb, …}`; an answer is `{"answer": …}` or `{"error": sentence}`. The folder of her state
is the process's first argument: killed and started again, she goes on. With `--without-groups` she has lost the MLS
state of all her groups.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from hongyan.sdk import Attachment, Chat, Client, JoinRequest, Message, Person
from hongyan.sdk.store.keys import KeyFile
from hongyan.sdk.store.store import Store

PATIENCE_S = 60.0
Answer = None | bool | int | str | list[str]
Request = dict[str, str | list[str]]


class Stage:
    def __init__(self, folder: Path) -> None:
        self._client = Client(folder, accept_friends=True)

    async def handle(self, request: Request) -> Answer:
        client = self._client
        words = {name: value for name, value in request.items() if isinstance(value, str)}
        lists = {name: value for name, value in request.items() if isinstance(value, list)}
        match words["do"]:
            case "open":
                await client.open()
                if not client.has_joined:
                    await client.join(words["link"], words["name"])
                await client.connected(PATIENCE_S)
                return client.account
            case "code":
                return await client.code()
            case "befriend":
                return await client.befriend(words["link"])
            case "make_group":
                return (await client.make_group(self._people(lists["names"]), words.get("name", ""))).id
            case "say":
                self._chat(words["chat"]).send(words["text"])
                return None
            case "hears":
                wanted = set(lists["texts"])
                await client.until(lambda: wanted <= set(self._texts(words["chat"])), PATIENCE_S)
                return self._texts(words["chat"])
            case "texts":
                return self._texts(words["chat"])
            case "is_in":
                await client.until(lambda: any(chat.id == words["chat"] for chat in client.chats.groups()), PATIENCE_S)
                return None
            case "is_out":
                await client.until(lambda: all(chat.id != words["chat"] for chat in client.chats.groups()), PATIENCE_S)
                return None
            case "members":
                wanted = set(lists["names"])
                await client.until(lambda: self._names(words["chat"]) == wanted, PATIENCE_S)
                return None
            case "add":
                await self._chat(words["chat"]).add(self._people(lists["names"]))
                return None
            case "remove":
                people = [one for one in self._chat(words["chat"]).people() if one.name in lists["names"]]
                await self._chat(words["chat"]).remove(people)
                return None
            case "rules":
                policy = self._chat(words["chat"]).rules()
                return [policy.name or "", policy.adding, policy.history]
            case "group_code":
                return self._chat(words["chat"]).code()
            case "join_group":
                await client.join_group(words["link"])
                return None
            case "asked":
                await client.until(lambda: self._asks(words["name"]) is not None, PATIENCE_S)
                return None
            case "is_called":
                return self._message(words["chat"], words["text"]).mentions_me
            case "let_in":
                asks = self._asks(words["name"])
                assert asks is not None
                await client.let_in(asks)
                return None
            case "keep_out":
                asks = self._asks(words["name"])
                assert asks is not None
                client.keep_out(asks)
                return [one.name for one in client.join_requests()]
            case "reacts":
                self._message(words["chat"], words["text"]).react(words["emoji"])
                return None
            case "edits":
                self._message(words["chat"], words["text"]).edit(words["to"])
                return None
            case "quotes":
                self._message(words["chat"], words["text"]).reply(words["with"], quoting=True)
                return None
            case "reactions":
                message = self._message(words["chat"], words["text"])
                await client.until(lambda: message.reactions() != [], PATIENCE_S)
                return [emoji for _, emoji in message.reactions()]
            case "send_file":
                await self._chat(words["chat"]).send_file(words["path"])
                return None
            case "save_file":
                await client.until(lambda: self._file(words["chat"], words["name"]) is not None, PATIENCE_S)
                found = self._file(words["chat"], words["name"])
                assert found is not None
                return str(await found.save(words["path"]))
            case "show":
                client.show(status=words["status"])
                return None
            case "direct":
                return (await client.chat(words["name"])).id
            case "sent":
                await client.sent(PATIENCE_S)
                return None
        raise ValueError(f"no such verb: {words['do']}")

    def _people(self, names: list[str]) -> list[Person]:
        found = [person for person in self._client.friends() if person.name in names]
        assert len(found) == len(names), f"no friend of mine: {names}"
        return found

    def _asks(self, name: str) -> JoinRequest | None:
        return next((one for one in self._client.join_requests() if one.name == name), None)

    def _chat(self, id_: str) -> Chat:
        return self._client.chats.find(id_)

    def _message(self, chat: str, text: str) -> Message:
        return next(message for message in self._chat(chat).messages() if message.text == text)

    def _file(self, chat: str, name: str) -> Message | None:
        said = self._chat(chat).messages()
        files = (one for one in said if isinstance(one.detail, Attachment) and one.detail.name == name and not one.mine)
        return next(files, None)

    def _texts(self, chat: str) -> list[str]:
        known = {one.id for one in self._client.chats.all()}
        if chat not in known:
            return []
        return [message.text for message in self._chat(chat).messages(newest=10_000) if message.text]

    def _names(self, chat: str) -> set[str]:
        return {person.name for person in self._chat(chat).people()}

    async def close(self) -> None:
        await self._client.close()


def lose_groups(folder: Path) -> None:
    store = Store(folder / "state.db", KeyFile(folder / "key"))
    store.write(lambda tx: tx.run("DELETE FROM mls_file WHERE path LIKE 'groups/%'"))
    store.close()


async def main(folder: Path) -> None:
    stage = Stage(folder)
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                answer: dict[str, Answer] = {"answer": await stage.handle(json.loads(line))}
            except Exception as error:  # each failure is told to the driver, which fails with it
                answer = {"error": f"{type(error).__name__}: {error}"}
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    finally:
        await stage.close()


if __name__ == "__main__":
    if "--without-groups" in sys.argv:
        lose_groups(Path(sys.argv[1]))
    asyncio.run(main(Path(sys.argv[1])))
