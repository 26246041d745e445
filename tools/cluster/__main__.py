"""`./dev cluster`: three nodes until Ctrl+C; what dies is started again."""

import signal
import sys
import threading

from tools.cluster.nodes import running_cluster
from tools.system import Failed, say


def main() -> None:
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with running_cluster(say) as cluster:
        say(f"front door  {', '.join(cluster.doors)}")
        for node in cluster.nodes:
            say(f"node {node.number}      {node.address}")
        say(f"PostgreSQL  primary on {cluster.pair.primary.address}, standby on {cluster.pair.standby.address}")
        say(f"logs        {cluster.folder}")
        say(f"first owner {cluster.owner_link}")
        say("Kill what you like: what dies is started again. Ctrl+C ends it.")
        ended.wait()


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        say(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
