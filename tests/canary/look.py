"""Looks once for secrets in a server's files and memory; for journeys that are not written in Python.

Standard input: {"pid": n, "paths": […], "secrets": [text, …], "bytes": [hex, …]}; standard output: a JSON list of
what was found.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.canary.disk import find_in_files, find_in_memory


def main() -> None:
    asked = json.load(sys.stdin)
    wanted = [text.encode() for text in asked["secrets"]] + [bytes.fromhex(one) for one in asked["bytes"]]
    found = find_in_files([Path(path) for path in asked["paths"]], wanted)
    found += find_in_memory(asked["pid"], wanted)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
