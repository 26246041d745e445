"""What is kept of what the owner did, why, and for how long."""

from hongyan.foundation.inventory import Column, Table
from hongyan.foundation.language import Text

INVENTORY: tuple[Table, ...] = (
    Table(
        "admin_act",
        Text(
            "管理员做过的、与你有关的操作，供你和管理员查看",
            "管理員做過的、與你有關的操作，供你和管理員查看",
            "What the administrator did that concerns you, for you and the administrator to see",
        ),
        Text(
            "一年；账号删除后不再记录是谁",
            "一年；帳號刪除後不再記錄是誰",
            "A year; without names once the account is erased",
        ),
        (
            Column("act_id", Text("编号", "編號", "Number")),
            Column("at_ms", Text("时间", "時間", "When it was done")),
            Column("actor_id", Text("操作的管理员的账号编号", "操作的管理員的帳號編號", "Account that did it")),
            Column("act", Text("做了什么", "做了什麼", "What was done")),
            Column("subject_id", Text("对谁做的", "對誰做的", "Account it was done to")),
        ),
        "SELECT act_id, at_ms, actor_id, act, subject_id FROM admin_act WHERE ? IN (actor_id, subject_id)",
    ),
)
