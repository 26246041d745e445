"""The data inventory says all and only what a migrated database has."""

from dataclasses import replace
from pathlib import Path

from hongyan.app import INVENTORY, build
from hongyan.foundation.db import MEMORY, Tx
from hongyan.foundation.ids import AccountId
from hongyan.foundation.inventory import Column, NotOfAPerson, Table, Text, differences, rows_of_account
from hongyan.settings import Settings

X = Text("一", "一", "one")


def found_in(tx: Tx) -> dict[str, list[str]]:
    names = [str(row[0]) for row in tx.all("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {
        name: [str(row[1]) for row in tx.all(f"PRAGMA table_info({name})")]
        for name in names
        if not name.startswith("sqlite_")
    }


async def test_every_column_of_the_database_is_declared(tmp_path: Path) -> None:
    app = build(Settings(data_dir=tmp_path), database_url=MEMORY)
    found = await app.db.read(found_in)
    await app.stop()
    assert len(found) > 10
    assert differences(INVENTORY, found) == []


def test_the_check_sees_what_is_undeclared_and_what_is_missing() -> None:
    declared = (Table("letter", X, X, (Column("id", X), Column("body", X)), NotOfAPerson(X)),)
    assert differences(declared, {"letter": ["id", "body"]}) == []
    assert differences(declared, {"letter": ["id", "body", "sender"]}) == ["column letter.sender is not declared"]
    assert differences(declared, {"letter": ["id"]}) == ["column letter.body is declared but does not exist"]
    assert differences(declared, {}) == ["table letter is declared but does not exist"]
    assert differences((), {"letter": ["id"]}) == ["table letter is not declared"]
    assert differences(declared * 2, {"letter": ["id", "body"]}) == ["a table is declared twice"]


async def test_the_check_of_this_database_is_not_blind(tmp_path: Path) -> None:
    app = build(Settings(data_dir=tmp_path), database_url=MEMORY)
    await app.db.write(lambda tx: tx.execute("ALTER TABLE job ADD COLUMN address TEXT"))
    found = await app.db.read(found_in)
    await app.stop()
    assert differences(INVENTORY, found) == ["column job.address is not declared"]


async def test_each_table_gives_the_columns_it_declares(tmp_path: Path) -> None:
    app = build(Settings(data_dir=tmp_path), database_url=MEMORY)

    def width(tx: Tx, table: Table) -> int:
        assert isinstance(table.of_account, str)
        rows_of_account(tx, table, AccountId(1))
        row = tx.one(f"SELECT count(*) FROM pragma_table_info('{table.name}')")
        assert row is not None and isinstance(row[0], int)
        return row[0]

    for table in INVENTORY:
        if isinstance(table.of_account, str):
            assert await app.db.read(lambda tx, t=table: width(tx, t)) == len(table.columns)  # type: ignore[misc]
    await app.stop()


def test_every_text_is_there_in_three_languages() -> None:
    for table in INVENTORY:
        texts = [table.purpose, table.lifetime, *(column.purpose for column in table.columns)]
        if isinstance(table.of_account, NotOfAPerson):
            texts.append(table.of_account.reason)
        for text in texts:
            assert text.zh_hans and text.zh_hant and text.en, table.name
    assert replace(X, en="two") != X
