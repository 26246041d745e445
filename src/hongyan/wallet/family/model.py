"""What a family card is."""

from dataclasses import dataclass

import msgspec

CARDS_MAX = 10


class Card(msgspec.Struct, frozen=True, array_like=True):
    """Minor units; `spent_minor` is of the month whose first day is `month_day`."""

    payer_id: int
    user_id: int
    limit_minor: int
    month_day: int
    spent_minor: int
    made_at_ms: int

    def spent_in(self, month_day: int) -> int:
        return self.spent_minor if self.month_day == month_day else 0


@dataclass(frozen=True, slots=True)
class CardSeen:
    """A card as one side sees it: `name` is the other's; `spent` of this month."""

    account_id: int
    name: str
    limit: int
    spent: int
