"""The parts of `./dev test`: what each runs, what it needs, how its tests are counted."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tools import checks, node_env, python_env
from tools.system import ROOT, Command, chromium, install, postgres, say

# Folders of tests/ that are parts of their own; all others belong to the part "python".
SLOW_FOLDERS = ("crash", "reliability", "fuzz", "canary")
# Tests wait for processes, databases and networks: two more at a time than there are cores.
_ON_ALL_CORES = ("-n", str((os.cpu_count() or 1) + 2), "--dist", "worksteal")
# Where a few tests take a minute each: none of them waits in line behind another.
_ONE_BY_ONE = (*_ON_ALL_CORES[:2], "--dist", "load", "--maxschedchunk", "1")
SUMMARY = re.compile(r"(\d+) (passed|failed|errors?|skipped)\b")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: "Count") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


@dataclass
class Outcome:
    part: str
    count: Count = field(default_factory=Count)
    seconds: float = 0.0
    left_out: str | None = None  # why the part did not run at all

    @property
    def is_good(self) -> bool:
        return self.left_out is not None or (self.count.failed == 0 and self.count.passed > 0)


@dataclass(frozen=True)
class Part:
    name: str
    what: str
    run: Callable[[Sequence[str]], Outcome]


def _watched(part: str, command: Command, *, cwd: Path, env: dict[str, str]) -> Outcome:
    """Run a test runner, showing what it prints; its last summary is the count.

    A runner that dies or reports no test counts as one failure.
    """
    started_s = time.monotonic()
    lines: list[str] = []
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(COLOUR.sub("", line.strip()))
    status = process.wait()
    count = _counted(lines)
    if count.passed + count.failed == 0:
        say(f"{part}: no test ran")
        count.failed = 1
    if status != 0 and count.failed == 0:
        say(f"{part}: the runner ended with {status}")
        count.failed = 1
    return Outcome(part, count, time.monotonic() - started_s)


def _counted(lines: Sequence[str]) -> Count:
    """The last summary among the lines: pytest's `3 passed in 1s` or Vitest's `Tests  3 passed (3)`."""
    for line in reversed(lines):
        is_summary = line.startswith("Tests ") or re.search(r"\bin \d[\d.]*s\b", line)
        found = SUMMARY.findall(line)
        if not is_summary or not found:
            continue
        count = Count()
        for number, word in found:
            if word == "passed":
                count.passed += int(number)
            elif word == "skipped":
                count.skipped += int(number)
            else:
                count.failed += int(number)
        return count
    return Count()


def _pytest(part: str, arguments: Sequence[str]) -> Outcome:
    command: Command = [python_env.PYTHON, "-m", "pytest", "-p", "no:cacheprovider", "-rsf", *arguments]
    return _watched(part, command, cwd=ROOT, env=python_env.environment())


def _vitest(part: str, arguments: Sequence[str], cwd: Path, env: dict[str, str] | None = None) -> Outcome:
    node = node_env.packages()
    command = node.tool("vitest/vitest.mjs", "run", "--reporter=default", *arguments)
    return _watched(part, command, cwd=cwd, env={**node.environment(), "NO_COLOR": "1", **(env or {})})


def _check(_extra: Sequence[str]) -> Outcome:
    started_s = time.monotonic()
    passed, failed = checks.run()
    return Outcome("check", Count(passed, failed), time.monotonic() - started_s)


def _python(extra: Sequence[str]) -> Outcome:
    if postgres() is None:
        refused = install("postgresql")
        if refused is not None:
            say(f"python: tests against PostgreSQL are skipped: it is not installed ({refused})")
    ignored = [f"--ignore=tests/{folder}" for folder in SLOW_FOLDERS]
    return _pytest("python", [*_ON_ALL_CORES, *ignored, *(extra or ["tests"])])


def _folder(name: str, *options: str, beside: Sequence[str] = ()) -> Callable[[Sequence[str]], Outcome]:
    """The folder of the part's name with those `beside` it, unless paths are given."""

    def run(extra: Sequence[str]) -> Outcome:
        folders = [f"tests/{folder}" for folder in (*beside, name)]
        if not all(any((ROOT / folder).glob("**/test_*.py")) for folder in folders):
            return Outcome(name, Count(failed=1))
        paths = [] if any(word.startswith("tests/") for word in extra) else folders
        return _pytest(name, [*options, *paths, *extra])

    return run


def _web(extra: Sequence[str]) -> Outcome:
    return _vitest("web", ["--project", "core", "--project", "app", *extra], node_env.WEB)


def _soak(extra: Sequence[str]) -> Outcome:
    return _vitest("soak", ["--project", "soak", *extra], node_env.WEB)


def _e2e(extra: Sequence[str]) -> Outcome:
    if chromium() is None:
        refused = install("chromium")
        if refused is not None or chromium() is None:
            reason = f"no Chromium on this machine ({refused or 'not found after installing'})"
            say(f"e2e: skipped: {reason}")
            return Outcome("e2e", left_out=reason)
    node_env.built()
    found = chromium()
    assert found is not None
    env = {"CHROMIUM_PATH": found}
    return _vitest("e2e", ["--root", str(ROOT / "e2e"), *extra], node_env.WEB, env)


PARTS = (
    Part("check", "format, types, tiers, drift of generated files", _check),
    Part("python", "the server: rules, services, stories, both databases", _python),
    Part("web", "the core and the components of the app", _web),
    Part("soak", "long random histories of groups on real MLS stacks", _soak),
    Part("e2e", "journeys of people in a real browser", _e2e),
    Part("canary", "nothing readable is left on disk, in logs or in memory dumps", _folder("canary", *_ON_ALL_CORES)),
    Part("fuzz", "parsers and the HTTP interface under random input", _folder("fuzz", *_ON_ALL_CORES)),
    Part(
        "reliability",
        "kill -9, power cuts, failing disks and networks lose nothing; --long for the long form",
        _folder("reliability", *_ONE_BY_ONE, beside=["crash"]),
    ),
)


def _prepare(parts: Sequence[Part]) -> None:
    """Fetch what the parts need, side by side: system packages, Python packages, web packages.

    A system package that cannot be had is the part's to report.
    """
    wanted = {part.name for part in parts}
    missing = [
        *(["chromium"] if "e2e" in wanted and chromium() is None else []),
        *(["postgresql"] if "python" in wanted and postgres() is None else []),
    ]
    with ThreadPoolExecutor() as pool:
        machine = pool.submit(install, *missing) if missing else None
        needs_web = bool(wanted & {"check", "web", "soak", "e2e"})
        web = pool.submit(node_env.packages) if needs_web and node_env.own() is not None else None
        if missing or web is None or "check" not in wanted:  # else the checks fetch them, beside their own work
            python_env.ready(development=True)
        if web is not None:
            web.result()
        if machine is not None:
            machine.result()


def test(names: Sequence[str], extra: Sequence[str]) -> bool:
    """Run the named parts, or all; returns whether all is well. The last line counts everything."""
    chosen = [part for part in PARTS if not names or part.name in names]
    _prepare(chosen)
    outcomes: list[Outcome] = []
    for part in chosen:
        say(f"\n=== {part.name}: {part.what}")
        outcomes.append(part.run(extra))
    total = Count()
    say("\n=== parts")
    for outcome in outcomes:
        total.add(outcome.count)
        result = f"skipped: {outcome.left_out}" if outcome.left_out else str(outcome.count)
        say(f"{outcome.part:<8} {outcome.seconds:6.0f} s  {result}")
    say(f"{sum(outcome.seconds for outcome in outcomes):.0f} s")
    say(str(total))
    return all(outcome.is_good for outcome in outcomes) and total.passed > 0
