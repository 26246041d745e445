"""The commands of `./dev`. Start here: each is a few lines and says where its work is done."""

import argparse
import os
import sys

from tools import checks, locks, mutation, node_env, parts, python_env
from tools.system import ROOT, Failed, chromium, install, nginx, postgres, say


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev", description="Hongyan 鸿雁: run it, test it, measure it.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="start a server here (what follows goes to `hongyan serve`)", add_help=False)
    test = commands.add_parser("test", help="run all tests, or the named part")
    test.add_argument("part", nargs="?", choices=[part.name for part in parts.PARTS])
    commands.add_parser("check", help="format, types, tiers, drift: everything that runs no test")
    commands.add_parser("format", help="format the Python and the TypeScript")
    names = "messages, fanout, idle, storm, overload, soak, stalled, peers, app, chat, restore, handover, search, group"
    names += ", safekeeping, cluster, wallet"
    bench = commands.add_parser("bench", help=f"measure: {names}")
    bench.add_argument("name")
    commands.add_parser("mutate", help="put small faults into the wallet's rules and ledger; the tests must see them")
    commands.add_parser("cluster", help="three nodes on this machine, as docs/scale.md has them on three")
    commands.add_parser("demo", help="a server with Lan, Mei, Bo and 外婆, ready to play")
    commands.add_parser("screens", help="take the screenshots of docs/screens anew")
    commands.add_parser("tour", help="walk through everything and take the pictures of docs/tour anew")
    commands.add_parser("generate", help="write the generated files anew: frames, OpenAPI")
    commands.add_parser("lock", help="write the locks of the Python packages anew")
    commands.add_parser("help", help="show this")
    chosen, rest = parser.parse_known_args(arguments)
    if rest and chosen.command not in {"run", "test", "bench", "mutate", "tour"}:
        parser.error(f"unknown: {' '.join(rest)}")
    os.chdir(ROOT)
    match chosen.command:
        case "run":
            return run(rest)
        case "test":
            return 0 if parts.test([chosen.part] if chosen.part else [], rest) else 1
        case "check":
            return 0 if parts.test(["check"], []) else 1
        case "format":
            return reformat()
        case "bench":
            return measure(chosen.name, rest)
        case "mutate":
            return mutation.run(rest)
        case "cluster":
            return cluster()
        case "demo":
            return script("e2e/demo.ts", [])
        case "screens":
            return script("e2e/screens.ts", [])
        case "tour":
            return script("e2e/tour/main.ts", rest)
        case "generate":
            return generate()
        case "lock":
            python_env.ready(development=True)
            locks.write()
            return 0
        case _:
            parser.print_help()
            return 0


def run(arguments: list[str]) -> int:
    """Make everything ready, then become the server."""
    python = python_env.ready(development=False)
    node_env.built()
    os.environ.update(python_env.environment())
    sys.stdout.flush()
    os.execv(python, [str(python), str(python.parent / "hongyan"), "serve", *arguments])


def cluster() -> int:
    """Make everything ready, then become the supervisor of three nodes."""
    python = python_env.ready(development=True)
    _install_servers()
    os.environ.update(python_env.environment())
    sys.stdout.flush()
    os.execv(python, [str(python), "-m", "tools.cluster"])


def _install_servers() -> None:
    """What the three nodes need and no Python package brings; without nginx they do, without PostgreSQL not."""
    missing = [*(["postgresql"] if postgres() is None else []), *(["nginx"] if nginx() is None else [])]
    refused = install(*missing) if missing else None
    if refused is not None:
        say(f"{' and '.join(missing)} could not be installed ({refused})")


def measure(name: str, arguments: list[str]) -> int:
    """Run bench/NAME.py or bench/NAME.ts; steps before it go to stderr, so that --json prints one object."""
    os.environ["DEV_STEPS_TO_STDERR"] = "1"
    python = python_env.ready(development=True)
    if (ROOT / "bench" / f"{name}.ts").exists():
        return script(f"bench/{name}.ts", arguments)
    if not (ROOT / "bench" / f"{name}.py").exists():
        known = sorted(path.stem for path in (ROOT / "bench").glob("*.[pt]*") if not path.stem.startswith("_"))
        raise Failed(f"There is no benchmark {name}; there are: {', '.join(known)}")
    if name == "cluster":
        _install_servers()
    os.environ.update(python_env.environment())
    sys.stdout.flush()
    os.execv(python, [str(python), "-m", f"bench.{name}", *arguments])


def script(path: str, arguments: list[str]) -> int:
    """Run a TypeScript file that drives a browser."""
    python_env.ready(development=True)
    if chromium() is None:
        refused = install("chromium", "fonts-noto-cjk", "fonts-noto-color-emoji")
        if refused is not None:
            raise Failed(f"This needs Chromium, which could not be installed ({refused}).")
    node_env.built()
    node = node_env.packages()
    os.environ.update(node.environment())
    os.environ["CHROMIUM_PATH"] = chromium() or ""
    # Node 20 has the browser's WebSocket behind this switch; cores that run beside the browser need it.
    os.environ["NODE_OPTIONS"] = "--experimental-websocket"
    sys.stdout.flush()
    os.execv(node.node, [str(node.node), str(ROOT / "web/build/run.mjs"), path, *arguments])


def generate() -> int:
    """Write what is generated: the frames of both sides and the OpenAPI document."""
    python = python_env.ready(development=True)
    os.environ.update(python_env.environment())
    modules = [*checks.generators(), "tools.openapi"]
    return max(os.spawnv(os.P_WAIT, python, [str(python), "-m", module]) for module in modules)


def reformat() -> int:
    python = python_env.ready(development=True)
    node = node_env.packages()
    status = os.spawnv(os.P_WAIT, python.parent / "ruff", ["ruff", "format", "src", "tests", "bench", "tools"])
    os.chdir(node_env.WEB)
    command = [str(word) for word in node.tool("@biomejs/biome/bin/biome", "check", "--write", *checks.BIOME_FOLDERS)]
    return status or os.spawnv(os.P_WAIT, node.node, command)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as error:
        say(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
