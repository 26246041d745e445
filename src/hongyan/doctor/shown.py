"""Findings as lines for a person and as JSON for a program."""

import json
from collections.abc import Iterator, Sequence

from hongyan.doctor.model import Finding, Verdict, worst_of
from hongyan.foundation.language import Language, Text

_MARKS = {Verdict.GOOD: "✓", Verdict.UNKNOWN: "?", Verdict.WARNING: "!", Verdict.BROKEN: "✗"}


def as_lines(findings: Sequence[Finding], language: Language) -> Iterator[str]:
    """Each finding a line, its advice indented below; the last line sums up."""
    for finding in findings:
        yield f"{_MARKS[finding.verdict]} {finding.text.into(language)}"
        if finding.advice is not None:
            yield f"    → {finding.advice.into(language)}"
    yield ""
    yield _SUMS[worst_of(findings)].into(language)


def as_json(findings: Sequence[Finding], language: Language) -> str:
    told = [
        {
            "check": finding.check,
            "verdict": finding.verdict.value,
            "text": finding.text.into(language),
            "advice": finding.advice.into(language) if finding.advice else None,
        }
        for finding in findings
    ]
    return json.dumps({"worst": worst_of(findings).value, "findings": told}, ensure_ascii=False, indent=2)


_WELL = Text("一切正常。", "一切正常。", "All is well.")
_SUMS = {
    Verdict.GOOD: _WELL,
    Verdict.UNKNOWN: Text(
        "没有发现问题；带 ? 的项目没能检查。",
        "沒有發現問題；帶 ? 的項目沒能檢查。",
        "No fault was found; what has a ? could not be looked at.",
    ),
    Verdict.WARNING: Text(
        "能用，但带 ! 的项目请尽快处理。",
        "能用，但帶 ! 的項目請儘快處理。",
        "It works; see to what has a ! soon.",
    ),
    Verdict.BROKEN: Text(
        "有故障：请先处理带 ✗ 的项目。",
        "有故障：請先處理帶 ✗ 的項目。",
        "Something is broken: see to what has a ✗ first.",
    ),
}
