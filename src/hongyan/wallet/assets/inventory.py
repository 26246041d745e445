"""What the server holds about the community's currency."""

from hongyan.foundation.inventory import Column, NotOfAPerson, Table
from hongyan.foundation.language import Text

INVENTORY: tuple[Table, ...] = (
    Table(
        "asset",
        Text("社区的货币", "社群的貨幣", "The community's currency"),
        Text("永久", "永久", "For ever"),
        (
            Column("code", Text("货币代码", "貨幣代碼", "Its code")),
            Column("name", Text("货币名称", "貨幣名稱", "Its name")),
            Column("symbol", Text("货币符号", "貨幣符號", "Its symbol")),
            Column("exponent", Text("小数位数", "小數位數", "How many decimals it has")),
            Column("opened_at_ms", Text("开通时间", "開通時間", "When it was opened")),
        ),
        NotOfAPerson(Text("属于整个社区。", "屬於整個社群。", "Belongs to the whole community.")),
    ),
)
