"""When to try again."""

from hypothesis import given
from hypothesis import strategies as st

from hongyan.push.model import RETRY_S_MAX, RETRY_S_MIN
from hongyan.push.rules import retry_s


@given(st.integers(1, 10_000), st.none() | st.integers(0, 10**7), st.floats(0, 1))
def test_retries_back_off_within_bounds(failures: int, retry_after_s: int | None, jitter: float) -> None:
    """[PU2]"""
    wait_s = retry_s(failures, retry_after_s, jitter)
    assert RETRY_S_MIN * 0.75 <= wait_s <= RETRY_S_MAX * 1.25
    assert wait_s >= min(retry_after_s or 0, RETRY_S_MAX)
    assert retry_s(failures + 1, retry_after_s, jitter) >= wait_s
