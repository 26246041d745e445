"""Rules of the house that no linter knows. Each returns "" or a complaint, and fails if it saw nothing."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from tools.system import ROOT

FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "misc"}
IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["']([^"']+)["']""")


def _files(folder: str, *suffixes: str) -> list[Path]:
    return [path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in suffixes and _is_ours(path)]


def _is_ours(path: Path) -> bool:
    return not {"node_modules", "webapp", "__pycache__"} & set(path.parts)


def _complaint(saw: Iterable[Path], found: list[str]) -> str:
    if not list(saw):
        return "this rule found no file to look at"
    return "\n".join(found)


def names() -> str:
    """No file is called after nothing in particular."""
    files = [*_files("src", ".py"), *_files("web/src", ".ts", ".svelte"), *_files("e2e", ".ts")]
    found = [str(path.relative_to(ROOT)) for path in files if path.stem.lower() in FORBIDDEN_NAMES]
    return _complaint(files, found)


def web_features() -> str:
    """A feature of the app imports no other feature, and the door of the core only."""
    files = _files("web/src/features", ".ts", ".svelte")
    found = []
    for path in files:
        own = path.relative_to(ROOT / "web/src/features").parts[0]
        for target in IMPORT.findall(path.read_text()):
            if not target.startswith("."):
                continue
            resolved = (path.parent / target).resolve().relative_to(ROOT / "web/src").parts
            other_feature = resolved[0] == "features" and resolved[1] != own
            behind_the_door = resolved[0] == "core" and Path(resolved[1]).stem not in {"api", "client"}
            if other_feature or behind_the_door:
                found.append(f"{path.relative_to(ROOT)} imports {target}")
    return _complaint(files, found)


def no_download_addresses() -> str:
    """The locks name packages and hashes, never a place to fetch them from."""
    locks = [ROOT / "web/package-lock.json", *ROOT.glob("requirements*.lock")]
    found = [
        f"{path.name} holds an address"
        for path in locks
        if re.search(r'"resolved"|--(extra-)?index|@ http', path.read_text())
    ]
    return _complaint(locks, found)


def architecture_is_short() -> str:
    """ARCHITECTURE.md stays under 300 lines, so that it is read."""
    path = ROOT / "ARCHITECTURE.md"
    if not path.exists():
        return "it is missing"
    lines = len(path.read_text().splitlines())
    return "" if lines < 300 else f"{lines} lines"


RULES: tuple[tuple[str, Callable[[], str]], ...] = (
    ("names of files", names),
    ("features of the app stand alone", web_features),
    ("locks without addresses", no_download_addresses),
    ("ARCHITECTURE.md under 300 lines", architecture_is_short),
)
