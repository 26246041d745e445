"""Ours beside ejabberd and Prosody from Debian: the same work, one after the other, in one run.

    python -m bench.peers [--json] [--seconds 6] [--servers hongyan,ejabberd,prosody]

The work is that of the single benches, under their names. Each XMPP server runs twice: set as near to ours as it
goes (what was acknowledged is flushed), and with its default store, which is not flushed. What stays different:
an archive keeps every message for sender and receiver, ours erases it when it is delivered; in a room one row is
archived, ours has one for each member; nobody asks there whether two people are friends; their messages are text.
A server that is not installed is named with what is missing, and the others go on.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence

import uvloop
from bench import fanout, idle, messages, storm
from bench.load import Result
from bench.xmpp import work
from bench.xmpp.ejabberd import Ejabberd
from bench.xmpp.prosody import Prosody
from bench.xmpp.servers import Peer

from hongyan.foundation.memory import settle_memory

OURS = "hongyan"
DURABILITY = "one flush for many messages, before the verdict; erased when every device has it"
PEERS: Sequence[Peer] = (Ejabberd(True), Prosody(True), Ejabberd(False), Prosody(False))
IN_FLIGHT = 4
FANOUT_IN_FLIGHT = 48
MORE_IS_BETTER = ("messages_per_s", "deliveries_per_s")
GOALS = {"messages_per_s": 10.0}
SINGLE = "server_cores_busy", "generator_cores_busy"


async def ours(arguments: Namespace) -> Result:
    """Every figure that the others have too, from the single benches as they are."""
    result, seconds = Result(OURS), arguments.seconds
    parts = {
        "messages": await messages.bench(Namespace(seconds=seconds, in_flight=IN_FLIGHT)),
        "fanout": await fanout.bench(Namespace(seconds=seconds, in_flight=FANOUT_IN_FLIGHT)),
        "idle": await idle.bench(Namespace(connections=arguments.connections)),
        "storm": await storm.bench(Namespace(clients=arguments.clients)),
    }
    for name, part in parts.items():
        figures: dict[str, float | str] = {**part.figures, **part.notes}
        for figure in COMMON:
            if isinstance(value := figures.get(figure), float | int) and figure not in result.figures:
                result.add(figure, value)
        for figure in SINGLE:
            if isinstance(value := figures.get(figure), float):
                result.note(f"{name}_{figure}", value)
    return result


COMMON = (
    "messages_per_s",
    "server_cpu_us_per_message",
    "p99_ms_at_half_load",
    "deliveries_per_s",
    "server_cpu_us_per_delivery",
    "last_member_ms",
    "rest_mb",
    "kb_per_connection",
    "all_synced_s",
    "server_cpu_ms_per_client",
)


async def theirs(peer: Peer, arguments: Namespace) -> Result:
    result = Result(peer.name)
    for name, part in (
        ("messages", work.messages(peer, result, arguments.seconds, IN_FLIGHT)),
        ("fanout", work.fanout(peer, result, arguments.seconds, FANOUT_IN_FLIGHT)),
        ("idle", work.idle(peer, result, arguments.connections)),
        ("storm", work.storm(peer, result, arguments.clients)),
    ):
        say(f"{peer.name}: {name} …")
        await part
    return result


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure(arguments: Namespace) -> dict[str, Result]:
    """By name of the server; each with its durability and the load of the machine before and after it."""
    results: dict[str, Result] = {}
    wanted = arguments.servers.split(",") if arguments.servers else [OURS, *[one.name for one in PEERS]]
    for name in wanted:
        peer = next((one for one in PEERS if one.name == name), None)
        if peer is None and name != OURS:
            raise SystemExit(f"There is no server {name}; there are: {OURS}, {', '.join(one.name for one in PEERS)}")
        if peer is not None and (missing := peer.missing()) is not None:
            say(f"{name}: left out: {missing}")
            continue
        if peer is None:
            say(f"{name} …")
        load = os.getloadavg()[0]
        result = uvloop.run(theirs(peer, arguments) if peer is not None else ours(arguments))
        result.note("durability", peer.durability if peer is not None else DURABILITY)
        result.note("load_average_before", load)
        result.note("load_average_after", os.getloadavg()[0])
        results[name] = result
    return results


def ahead(results: dict[str, Result], figure: str) -> float | None:
    """How many times better ours is than the best of the others; None if there is nothing to compare."""
    others = [one.figures[figure] for name, one in results.items() if name != OURS and figure in one.figures]
    if OURS not in results or not others:
        return None
    own = results[OURS].figures[figure]
    return own / max(others) if figure in MORE_IS_BETTER else min(others) / own


def print_table(results: dict[str, Result]) -> None:
    print(f"{'':<28}" + "".join(f"{name:>17}" for name in results) + f"{'ours is ahead by':>20}")
    for figure in COMMON:
        cells = "".join(f"{one.figures[figure]:>17,.10g}" for one in results.values())
        factor = ahead(results, figure)
        goal = f"   goal {GOALS.get(figure, 1):g}" if factor is not None else ""
        print(f"  {figure:<26}{cells}" + (f"{factor:>18,.1f} ×{goal}" if factor is not None else ""))
    for name, one in results.items():
        print(f"{name}: {one.notes.pop('durability')}")
        print("  " + ", ".join(f"{note} {value:g}" for note, value in one.notes.items() if not isinstance(value, str)))
    print(f"cores of the machine, shared with the load generator: {os.cpu_count()}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="one object with an object for each server")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--connections", type=int, default=2_000, help="idle ones, for the memory of each")
    parser.add_argument("--clients", type=int, default=2_000, help="that reconnect at once")
    parser.add_argument("--servers", default="", help="only these, by name, with commas")
    arguments = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    settle_memory()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # What was started is ended all the same.
    results = measure(arguments)
    if arguments.json:
        print(json.dumps({name: one.figures | one.notes for name, one in results.items()}))
    else:
        print_table(results)


if __name__ == "__main__":
    main()
