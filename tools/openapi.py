"""Writes `protocol/openapi.json` from the routes; `--check` answers 1 when the committed file differs."""

import subprocess
import sys

from tools.system import ROOT

FILE = ROOT / "protocol" / "openapi.json"


def main(arguments: list[str]) -> int:
    """Runs inside `.venv`, where `hongyan` can be imported."""
    command = [sys.executable, "-c", "from hongyan.cli import main; main()", "openapi"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stderr)
        return 1
    if FILE.exists() and FILE.read_text("utf-8") == done.stdout:
        return 0
    if "--check" in arguments:
        print("protocol/openapi.json differs from the routes: run ./dev generate")
        return 1
    FILE.write_text(done.stdout, "utf-8")
    print("protocol/openapi.json: written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
