"""A process that has the program's modules loaded and forks a server on request.

Loading them takes three times as long as starting to serve; a hundred restarts would spend minutes on it. Each
fork runs `hongyan serve` from its beginning, in a process of its own that can be killed.

One JSON request a line, one answer a line: {"start": {...}} → pid; {"wait": pid} → its status; {"poll": pid} →
its status, or null while it runs.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping


def serve_requests() -> None:
    import uvloop  # noqa: F401 - loaded for the forks

    from hongyan import app  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        if "start" in request:
            answer: int | None = _fork(request["start"])
        elif "wait" in request:
            answer = os.waitpid(request["wait"], 0)[1]
        else:
            pid, status = os.waitpid(request["poll"], os.WNOHANG)
            answer = status if pid else None
        print(json.dumps(answer), flush=True)


def _fork(request: Mapping[str, str]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.update(json.loads(request["environment"]))
        sys.argv = ["hongyan", "serve"]
        exec(compile(request["entry"], "<entry>", "exec"), {"__name__": "__main__"})
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve_requests()
