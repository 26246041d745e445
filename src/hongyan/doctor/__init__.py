"""Looks at a server as its operator would, and says what is wrong and what to do, in her language.

Owns nothing and changes nothing. It asks this machine and the server's own public address, and nobody else.
"""

from hongyan.doctor.model import Finding, Verdict, worst_of
from hongyan.doctor.network import answers
from hongyan.doctor.service import Doctor
from hongyan.doctor.shown import as_json, as_lines

__all__ = ["Doctor", "Finding", "Verdict", "answers", "as_json", "as_lines", "worst_of"]
