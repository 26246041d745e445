"""Every problem code in the source has a sentence in three languages."""

import ast
from pathlib import Path

import hongyan
from hongyan.app import CATALOGUE

SOURCE = Path(hongyan.__file__).parent


def codes_in(text: str) -> set[str]:
    """The literal codes of every `Problem(...)` in a source text."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem" and node.args:
            code = node.args[0]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                found.add(code.value)
    return found


def test_every_code_has_a_text() -> None:
    codes = set().union(*(codes_in(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py")))
    assert len(codes) >= 8
    CATALOGUE.require(codes)


def test_the_check_sees_a_code() -> None:
    assert codes_in('raise Problem("brand_new", status=400)') == {"brand_new"}
