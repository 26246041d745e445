"""Three nodes on one machine: what docs/scale.md has an operator do on three.

Each node has a loopback address of its own, and on it the ports it would have on a machine of its own. The
configuration files are those of deploy/three-nodes, with addresses and folders filled in. Linux only: elsewhere
127.0.0.1 is the only loopback address.
"""

from tools.cluster.nodes import Cluster, Kill, running_cluster

__all__ = ["Cluster", "Kill", "running_cluster"]
