"""The ledger against its model on both engines, and wrong ledgers, each of which must be found out [LE1]-[LE6].

`--long`: 4,000 histories of 40 steps.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.wallet.ledger import wrong
from tests.wallet.ledger.histories import Histories

from hongyan.foundation.clock import SystemClock
from hongyan.foundation.db import Tx, migrations_of, open_database
from hongyan.foundation.db.postgres import PostgresTx

STEPS = 40
SHORT, LONG = 100, 4_000
SHORT_POSTGRES, LONG_POSTGRES = 6, 200
TRIES = 600
QUIET = tuple(HealthCheck)


async def test_every_history_ends_as_the_model_says(pytestconfig: pytest.Config) -> None:
    count = LONG if pytestconfig.getoption("--long") else SHORT
    run_state_machine_as_test(
        Histories,
        settings=settings(max_examples=count, stateful_step_count=STEPS, deadline=None, suppress_health_check=QUIET),
    )


async def test_every_history_ends_so_on_postgresql(pytestconfig: pytest.Config, empty_postgres_url: str) -> None:
    database = open_database(empty_postgres_url)
    database.migrate(migrations_of("hongyan.foundation") + migrations_of("hongyan.wallet")[:1], SystemClock())
    with psycopg.connect(empty_postgres_url, autocommit=True) as connection:

        def opened() -> tuple[Tx, Callable[[], None]]:
            connection.execute("BEGIN")
            return PostgresTx(connection), roll_back

        def roll_back() -> None:
            connection.execute("ROLLBACK")

        class OnPostgres(Histories):
            pass

        OnPostgres.opened = staticmethod(opened)
        count = LONG_POSTGRES if pytestconfig.getoption("--long") else SHORT_POSTGRES
        run_state_machine_as_test(
            OnPostgres,
            settings=settings(
                max_examples=count, stateful_step_count=STEPS, deadline=None, suppress_health_check=QUIET
            ),
        )
    await database.close()


@pytest.mark.parametrize("fault", wrong.FAULTS, ids=lambda fault: fault.__name__)
async def test_a_wrong_ledger_is_found_out(fault: wrong.Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    with pytest.raises(Exception):  # noqa: B017 - whether the model or the database says so
        run_state_machine_as_test(
            Histories,
            settings=settings(
                max_examples=TRIES,
                stateful_step_count=STEPS,
                phases=(Phase.generate,),
                database=None,
                derandomize=True,
                deadline=None,
                suppress_health_check=QUIET,
            ),
        )
