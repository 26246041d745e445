"""The data inventory: every column the server may hold, what for and for how long, declared as code.

Each feature exports `INVENTORY`; a test compares it with a migrated database, and a person's own data page
and export are made from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hongyan.foundation.db import Row, Tx
from hongyan.foundation.ids import AccountId
from hongyan.foundation.language import Text

__all__ = ["INVENTORY", "Column", "NotOfAPerson", "Table", "Text", "differences", "rows_of_account"]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    purpose: Text


@dataclass(frozen=True, slots=True)
class NotOfAPerson:
    """Why no row of a table can be told to belong to one account."""

    reason: Text


@dataclass(frozen=True, slots=True)
class Table:
    """`of_account` selects the columns in their declared order, by one `?`: the account's id."""

    name: str
    purpose: Text
    lifetime: Text
    columns: tuple[Column, ...]
    of_account: str | NotOfAPerson


def differences(declared: Sequence[Table], found: Mapping[str, Sequence[str]]) -> list[str]:
    """What a database has and the inventory does not say, or the reverse; empty when they agree."""
    complaints = []
    tables = {table.name: table for table in declared}
    if len(tables) != len(declared):
        complaints.append("a table is declared twice")
    complaints += [f"table {name} is not declared" for name in sorted(found.keys() - tables.keys())]
    complaints += [f"table {name} is declared but does not exist" for name in sorted(tables.keys() - found.keys())]
    for name in sorted(tables.keys() & found.keys()):
        columns = {column.name for column in tables[name].columns}
        complaints += [f"column {name}.{c} is not declared" for c in sorted(set(found[name]) - columns)]
        complaints += [f"column {name}.{c} is declared but does not exist" for c in sorted(columns - set(found[name]))]
    return complaints


def rows_of_account(tx: Tx, table: Table, account_id: AccountId) -> list[Row]:
    """The rows the server holds of this account, columns in declared order; empty for what is of no person."""
    if isinstance(table.of_account, NotOfAPerson):
        return []
    assert table.of_account.count("?") == 1, f"{table.name}: of_account takes exactly the account's id"
    rows = tx.all(table.of_account, (account_id,))
    assert all(len(row) == len(table.columns) for row in rows), f"{table.name}: of_account selects other columns"
    return rows


_MACHINERY = NotOfAPerson(
    Text(
        "只供服务器自身运行，不属于任何人。",
        "只供伺服器自身運行，不屬於任何人。",
        "Keeps the server running; about no person.",
    )
)

INVENTORY: tuple[Table, ...] = (
    Table(
        "schema_migration",
        Text("数据库结构的版本", "資料庫結構的版本", "Version of the database's structure"),
        Text("永久", "永久", "For ever"),
        (
            Column("feature", Text("所属功能", "所屬功能", "Which part of the program")),
            Column("number", Text("版本号", "版本號", "Number of the change")),
            Column("name", Text("名称", "名稱", "Name of the change")),
            Column("applied_at_ms", Text("执行时间", "執行時間", "When it was made")),
        ),
        _MACHINERY,
    ),
    Table(
        "last_writer",
        Text(
            "几台服务器一起运行时，上一次是哪一个在写",
            "幾台伺服器一起執行時，上一次是哪一個在寫",
            "Where several servers run together: which of them wrote last",
        ),
        Text("永久", "永久", "For ever"),
        (
            Column("id", Text("固定为 1", "固定為 1", "Always 1")),
            Column("process", Text("进程的随机编号", "程序的隨機編號", "Random number of the process")),
            Column("others", Text("写入的计数", "寫入的計數", "Count of writes")),
        ),
        _MACHINERY,
    ),
    Table(
        "outbox_event",
        Text(
            "功能之间待送达的通知",
            "功能之間待送達的通知",
            "Notices on their way from one part of the server to another",
        ),
        Text("送达即删，通常不到一秒", "送達即刪，通常不到一秒", "Until handled, normally under a second"),
        (
            Column("id", Text("编号", "編號", "Number")),
            Column("topic", Text("通知种类", "通知種類", "Kind of notice")),
            Column(
                "payload",
                Text(
                    "涉及的账号与设备编号",
                    "涉及的帳號與裝置編號",
                    "Ids of the accounts and devices concerned",
                ),
            ),
            Column("attempts", Text("尝试次数", "嘗試次數", "How often it was tried")),
            Column("due_at_ms", Text("下次尝试的时间", "下次嘗試的時間", "When it is tried next")),
        ),
        _MACHINERY,
    ),
    Table(
        "job",
        Text("定时任务", "定時任務", "Timed work"),
        Text("永久", "永久", "For ever"),
        (
            Column("name", Text("任务名", "任務名", "Name of the work")),
            Column("due_at_ms", Text("下次执行的时间", "下次執行的時間", "When it runs next")),
        ),
        _MACHINERY,
    ),
    Table(
        "limit_use",
        Text("防止反复猜测和滥用的计数", "防止反覆猜測和濫用的計數", "Counts that stop guessing and abuse"),
        Text("到期即删，最长一天", "到期即刪，最長一天", "Until the limit's period ends, at most a day"),
        (
            Column(
                "subject_hash",
                Text("被限对象的加密摘要", "被限對象的加密摘要", "Keyed hash of what is limited"),
            ),
            Column("times_ms", Text("最近几次的时间", "最近幾次的時間", "Times of the latest uses")),
            Column("expires_at_ms", Text("到期时间", "到期時間", "When it is erased")),
        ),
        _MACHINERY,
    ),
    Table(
        "server_secret",
        Text("服务器自己的密钥", "伺服器自己的密鑰", "Secrets of the server itself"),
        Text("永久", "永久", "For ever"),
        (
            Column("name", Text("用途", "用途", "What it is for")),
            Column("value", Text("随机值", "隨機值", "Random value")),
        ),
        _MACHINERY,
    ),
)
