"""`./dev mutate` counts as missed what no test saw, and nothing else as harmless than SQL in other letters."""

from tools.mutation import Score, count

STORE, RULES = "hongyan.wallet.ledger.store.x_head__mutmut_1", "hongyan.wallet.ledger.rules.x_moving__mutmut_1"
SQL = '--- a/store.py\n+++ b/store.py\n@@ -1 +1 @@\n-    "SELECT seq FROM transfer"\n+    "select seq from transfer"\n'


def test_sql_in_other_letters_is_the_same_sql() -> None:
    score = Score(caught=9)
    count(score, STORE, SQL)
    assert (score.alike, score.missed, score.share) == (1, [], 1.0)


def test_everything_else_is_missed() -> None:
    score = Score(caught=2)
    count(score, RULES, SQL)
    count(score, STORE, SQL.replace("select seq", "select seqs"))
    assert (score.alike, len(score.missed), score.share) == (0, 2, 0.5)
    assert score.missed[0].endswith('-    "SELECT seq FROM transfer"\n+    "select seq from transfer"')


def test_no_mutants_are_no_success() -> None:
    assert Score().share == 0.0
