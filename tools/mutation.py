"""`./dev mutate`: small faults go into the wallet's rules and the ledger, one at a time; the tests must see each.

mutmut makes them and runs the tests, as [tool.mutmut] in pyproject.toml says; here is what it is given and how its
answers are counted.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from tools import python_env
from tools.system import ROOT, Failed, say

MUTANTS = ROOT / "mutants"
LEAST_CAUGHT = 0.95
_SURVIVED, _UNSEEN, _UNTRIED = 0, (5, 33), (None, 2, 34, 35)


@dataclass
class Score:
    """`alike`: mutants that differ from the original only in the letters' case of SQL, which is the same SQL."""

    caught: int = 0
    alike: int = 0
    missed: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        tried = self.caught + len(self.missed)
        return self.caught / tried if tried else 0.0


def run(arguments: Sequence[str]) -> int:
    """Try all mutants, or those whose names match; shows what was missed. 0 if enough were caught."""
    python = python_env.ready(development=True)
    python_env.install_locked(python_env.MUTATION_LOCK)
    shutil.rmtree(MUTANTS, ignore_errors=True)
    mutmut = str(python.parent / "mutmut")
    environment = {**os.environ, **python_env.environment()}
    done = subprocess.run([mutmut, "run", *arguments], cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        raise Failed("mutmut could not try the mutants; what it said is above")
    score = Score()
    for name, status in _answers().items():
        if status in _UNTRIED:
            if not arguments:
                raise Failed(f"{name} was not tried")
        elif status != _SURVIVED and status not in _UNSEEN:
            score.caught += 1
        else:
            shown = subprocess.run(
                [mutmut, "show", name], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
            )
            count(score, name, shown.stdout)
    print("\n".join(score.missed))
    tried = score.caught + len(score.missed)
    say(f"\n{score.caught} of {tried} caught ({score.share:.1%}); {score.alike} others are the same SQL")
    return 0 if score.share >= LEAST_CAUGHT else 1


def count(score: Score, name: str, diff: str) -> None:
    """Count one that no test saw, by what was changed."""
    changed = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    gone, come = ("\n".join(line[1:] for line in changed if line[0] == sign) for sign in "-+")
    if ".store." in name and gone.lower() == come.lower():
        score.alike += 1
    else:
        score.missed.append("\n".join([f"\n{name}", *changed]))


def _answers() -> dict[str, int | None]:
    """By the name of the mutant: how its tests ended, as mutmut keeps it."""
    found: dict[str, int | None] = {}
    for path in sorted(MUTANTS.rglob("*.meta")):
        found |= json.loads(path.read_text())["exit_code_by_key"]
    if not found:
        raise Failed("there is no mutant")
    return found


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
