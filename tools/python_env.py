"""The Python side: one virtual environment in `.venv`, filled from locks with a hash for every package."""

import hashlib
import importlib.util
import os
import shutil
import sys
import sysconfig
from pathlib import Path

from tools.system import ROOT, Command, Failed, install, is_stamped, quiet, stamp

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNTIME_LOCK = ROOT / "requirements.lock"
SDK_LOCK = ROOT / "requirements-sdk.lock"
DEVELOPMENT_LOCK = ROOT / "requirements-dev.lock"
MUTATION_LOCK = ROOT / "requirements-mutation.lock"
NODE_LOCK = ROOT / "requirements-node.lock"


def ready(*, development: bool) -> Path:
    """Make `.venv` hold exactly the locked packages; returns its Python. Idempotent."""
    if not PYTHON.exists():
        _create()
    install_locked(DEVELOPMENT_LOCK if development else RUNTIME_LOCK)
    _link_sources()
    return PYTHON


def install_locked(lock: Path) -> None:
    """Install one lock into `.venv`, refusing whatever has another hash. Raises Failed."""
    value = hashlib.sha256(lock.read_bytes()).hexdigest() + sys.version
    name = f"python-{lock.stem}"
    covered = lock == RUNTIME_LOCK and _is_fresh(DEVELOPMENT_LOCK)
    if covered or (is_stamped(name, value) and PYTHON.exists()):
        return
    command: Command = [PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes"]
    quiet(f"Python packages of {lock.name}", [*command, "-r", lock])
    stamp(name, value)


def _is_fresh(lock: Path) -> bool:
    value = hashlib.sha256(lock.read_bytes()).hexdigest() + sys.version
    return is_stamped(f"python-{lock.stem}", value)


def _create() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    if importlib.util.find_spec("ensurepip") is None:
        refused = install(f"python3.{sys.version_info.minor}-venv")
        if refused is not None:
            raise Failed(
                f"Python's venv module is missing and could not be installed ({refused}). "
                f"Install it, for example: apt-get install python3.{sys.version_info.minor}-venv"
            )
    quiet("virtual environment in .venv", [sys.executable, "-m", "venv", VENV])
    for old in (ROOT / ".cache").glob("python-*"):
        old.unlink()


def _link_sources() -> None:
    """Make `import hongyan` and the command `hongyan` mean this folder, without building a package."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(VENV)}))
    if not packages.is_dir():
        packages = VENV / "lib" / version / "site-packages"
    (packages / "hongyan_sources.pth").write_text(f"{ROOT / 'src'}\n")
    command = VENV / "bin" / "hongyan"
    command.write_text(f"#!{PYTHON}\nfrom hongyan.cli import main\n\nmain()\n")
    command.chmod(0o755)


def environment() -> dict[str, str]:
    """What our Python processes get: this folder's commands first, UTF-8, no surprises from outside."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return {"PATH": path, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT / "src"), "PYTHONNOUSERSITE": "1"}
