"""From what our benches measured to machines and money: every number of docs/capacity.md.

    python -m bench.capacity [--language zh] [--people 50000] [--messages-a-day 40] … [--write]

Without a choice: the tables of the document, from bench/figures and the assumptions; with `--people` one plan. Each
assumption is an option. `--write` puts the tables into both documents; a test holds them to it.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, fields

from bench.planning.figures import measured
from bench.planning.model import Assumptions, plan
from bench.planning.pages import PAGES, Pages, filled


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--language", choices=sorted(PAGES), default="en")
    parser.add_argument("--people", type=float, help="one plan, for so many")
    parser.add_argument("--write", action="store_true", help="put the tables into both documents")
    for one in fields(Assumptions):
        option = f"--{one.name.replace('_', '-')}"
        parser.add_argument(option, type=float, default=one.default, help=one.metadata["en"])
    arguments = parser.parse_args()
    assumptions = Assumptions(**{one.name: getattr(arguments, one.name) for one in fields(Assumptions)})
    costs = measured()
    if arguments.people is not None or arguments.json:
        one_plan = plan(arguments.people or 1_000, assumptions, costs)
        print(json.dumps(asdict(one_plan) | {"machines": one_plan.machines}, indent=None if arguments.json else 2))
        return
    if arguments.write:
        for language, path in PAGES.items():
            path.write_text(filled(path.read_text(), Pages(assumptions, costs, language).blocks()))
        return
    for name, block in Pages(assumptions, costs, arguments.language).blocks().items():
        print(f"{name}\n\n{block}")


if __name__ == "__main__":
    main()
