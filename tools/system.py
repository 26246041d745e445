"""The machine: where things are, how a command is run, what may be installed."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
APT_TIMEOUT_S = 900
Command = Sequence[str | Path]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ON_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


class Failed(Exception):
    """A step did not succeed; the message is a sentence for the person at the terminal."""


def say(text: str) -> None:
    """Show a line; on stderr when stdout belongs to a benchmark's answer."""
    print(text, file=sys.stderr if "DEV_STEPS_TO_STDERR" in os.environ else sys.stdout, flush=True)


def quiet(
    what: str,
    command: Command,
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
) -> None:
    """Run one step, showing a line with its time; its output is shown only when it fails. Raises Failed."""
    started_s = time.monotonic()
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"{what}: {error}") from error
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        raise Failed(f"{what} failed ({' '.join(str(part) for part in command)})")
    say(f"· {what} ({time.monotonic() - started_s:.0f} s)")


def output_of(command: Command, cwd: Path = ROOT) -> str | None:
    """What a command prints, or None when it cannot be run or fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def chromium() -> str | None:
    """The path of a Chromium this machine has, or None."""
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        return named
    for name in CHROMIUM_NAMES:
        found = shutil.which(name)
        if found:
            return found
    return str(CHROMIUM_ON_MAC) if CHROMIUM_ON_MAC.exists() else None


def postgres() -> Path | None:
    """The folder of PostgreSQL's server programs, or None."""
    named = os.environ.get("POSTGRES_BIN")
    if named:
        return Path(named)
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def nginx() -> Path | None:
    """The program, or None; Debian has it where only root looks."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
    return Path(found) if found else None


def install(*packages: str) -> str | None:
    """Install Debian packages; None when it worked, else why not, in a few words."""
    if shutil.which("apt-get") is None:
        return "this system has no apt-get"
    if os.geteuid() != 0:
        return "not root"
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        quiet("package list", ["apt-get", "update", "-q"], env=env, timeout_s=APT_TIMEOUT_S)
        command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
        quiet(f"install {' '.join(packages)}", command, env=env, timeout_s=APT_TIMEOUT_S)
    except Failed as error:
        return str(error)
    return None


def is_stamped(name: str, value: str) -> bool:
    """Whether the step `name` was last completed for exactly this input."""
    path = CACHE / name
    return path.exists() and path.read_text() == value


def stamp(name: str, value: str) -> None:
    CACHE.mkdir(exist_ok=True)
    (CACHE / name).write_text(value)
