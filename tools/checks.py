"""`./dev check`: what must hold without running anything: format, types, tiers, generated files, rules."""

import os
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools import node_env, python_env, rules
from tools.system import ROOT, Command, say

BIOME_FOLDERS = (".", "../e2e", "../bench")
PYTHON_FOLDERS = ("src", "tests", "bench", "tools", "docs")


@dataclass(frozen=True)
class Check:
    name: str
    command: Command
    cwd: Path = ROOT


def _python_checks() -> list[Check]:
    python = python_env.PYTHON
    binaries = python.parent
    folders = [folder for folder in PYTHON_FOLDERS if (ROOT / folder).is_dir()]
    return [
        Check("ruff", [binaries / "ruff", "check", "--quiet", *folders]),
        Check("ruff format", [binaries / "ruff", "format", "--check", "--quiet", *folders]),
        Check("mypy", [python, "-m", "mypy", "--no-error-summary", "src/hongyan", "tools"]),
        Check("tiers", [binaries / "lint-imports"]),
        Check("locks", [python, "-m", "tools.locks", "--check"]),
        *_drift_checks(python),
    ]


def _drift_checks(python: Path) -> list[Check]:
    """Generated files must be what their generators would write now."""
    drifts = [Check(f"drift: {module}", [python, "-m", module, "--check"]) for module in generators()]
    return [*drifts, Check("drift: openapi", [python, "-m", "tools.openapi", "--check"])]


def generators() -> list[str]:
    """The modules that write generated files."""
    sources = ROOT / "src"
    paths = sorted(sources.glob("hongyan/**/generate*.py"))
    assert paths, "no generator was found"
    return [".".join(path.relative_to(sources).with_suffix("").parts) for path in paths]


def _web_checks(node: node_env.Node) -> list[Check]:
    svelte = node.tool("svelte-check/bin/svelte-check", "--tsconfig", "./tsconfig.json", "--fail-on-warnings")
    tsc = node.tool("typescript/bin/tsc")
    biome = node.tool("@biomejs/biome/bin/biome", "ci", "--colors=off", *BIOME_FOLDERS)
    return [
        Check("biome", biome, node_env.WEB),
        Check("svelte-check", [*svelte, "--output", "human"], node_env.WEB),
        Check("types of the core", [*tsc, "-p", "tsconfig.worker.json"], node_env.WEB),
        Check("types of the soak", [*tsc, "-p", "tests/soak"], node_env.WEB),
        Check("types of the journeys", [*tsc, "-p", "../e2e/tsconfig.json"], node_env.WEB),
    ]


def run() -> tuple[int, int]:
    """Run all checks, one for each core; returns how many passed and failed, and shows what failed.

    Those of the app begin while the Python packages are still being fetched.
    """
    if node_env.own() is None:
        python_env.ready(development=True)
    node = node_env.packages()
    env = {**os.environ, **node.environment(), "NO_COLOR": "1"}

    def command(check: Check) -> str:
        done = subprocess.run(
            [str(word) for word in check.command],
            cwd=check.cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        return "" if done.returncode == 0 else done.stdout or f"ended with {done.returncode}"

    def timed(name: str, step: Callable[[], str]) -> tuple[str, str, float]:
        started_s = time.monotonic()
        return name, step(), time.monotonic() - started_s

    failed = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        fetching = pool.submit(python_env.ready, development=True)
        running = [pool.submit(timed, check.name, partial(command, check)) for check in _web_checks(node)]
        fetching.result()
        running += [pool.submit(timed, check.name, partial(command, check)) for check in _python_checks()]
        running += [pool.submit(timed, name, rule) for name, rule in rules.RULES]
        for done in running:
            name, complaint, seconds = done.result()
            if complaint:
                failed += 1
                say(f"✗ {name}\n{complaint.rstrip()}\n")
            else:
                say(f"✓ {name} ({seconds:.0f} s)")
    return len(running) - failed, failed
