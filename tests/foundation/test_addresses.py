"""Which addresses may be called, and what answers mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan.foundation.addresses import allowed_hosts, is_inner, is_usable
from hongyan.foundation.outside import Outcome, answer_of

NOBODY = frozenset[str]()


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QFx",
        "https://wns2-par02p.notify.windows.com/w/?token=a%2fb",
        "https://push.example:8443/x",
        "https://8.8.8.8/x",
    ],
)
def test_endpoints_of_the_world_are_usable(endpoint: str) -> None:
    """[PU5]"""
    assert is_usable(endpoint, NOBODY)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "push.example/x",
        "http://push.example/x",
        "ftp://push.example/x",
        "https:///x",
        "https://localhost/x",
        "https://api.localhost/x",
        "https://printer.local/x",
        "https://metadata.google.internal/computeMetadata",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://0x7f000001/x",
        "https://0177.0.0.1/x",
        "https://10.0.0.1/x",
        "https://192.168.1.1:8443/x",
        "https://172.16.0.9/x",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/x",
        "https://0.0.0.0/x",
        "https://224.0.0.1/x",
        "https://[::1]/x",
        "https://[::]/x",
        "https://[fe80::1]/x",
        "https://[fd00::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://[2002:7f00:1::]/x",
        "https://intranet/x",
        "https://user:pass@push.example/x",
        "https://push.example/x#y",
        "https://push.example\\@127.0.0.1/x",
        "https://push.example/x y",
        "https://push.example/x\r\nHost: evil",
        "https://push.example:99999/x",
        "https://push.example:0/x",
        "https://推送.example/x",
        "https://push.example/" + "x" * 2_048,
    ],
)
def test_endpoints_that_lead_nowhere_or_inside_are_not(endpoint: str) -> None:
    """[PU5]"""
    assert not is_usable(endpoint, NOBODY)


def test_the_operator_may_allow_hosts_inside() -> None:
    """[PU5]"""
    inside = allowed_hosts(" push.lan:8443, 10.0.0.9 ,")
    assert is_usable("https://push.lan:8443/x", inside) and is_usable("http://push.lan:8443/x", inside)
    assert is_usable("http://10.0.0.9/x", inside) and is_usable("https://10.0.0.9:444/x", inside)
    assert not is_usable("http://push.lan/x", inside)
    assert not is_usable("https://10.0.0.8/x", inside)
    assert not is_usable("http://user@10.0.0.9/x", inside)
    assert allowed_hosts("") == NOBODY


@given(st.text() | st.text(alphabet="https:/@.#[]%0123456789a\\ \t").map("https://".__add__))
def test_no_endpoint_breaks_the_check(endpoint: str) -> None:
    is_usable(endpoint, NOBODY)


@given(
    st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="fc00::/7") | st.ip_addresses(network="fe80::/10")
)
def test_inner_networks_are_inner(address: object) -> None:
    assert is_inner(str(address))


@pytest.mark.parametrize(("address", "inner"), [("1.1.1.1", False), ("2606:4700::1111", False), ("fe80::1%eth0", True)])
def test_addresses(address: str, inner: bool) -> None:
    assert is_inner(address) is inner


@pytest.mark.parametrize(
    ("status", "retry_after", "outcome", "wait_s"),
    [
        (200, None, Outcome.TAKEN, None),
        (201, None, Outcome.TAKEN, None),
        (202, "9", Outcome.TAKEN, None),
        (301, None, Outcome.REFUSED, None),
        (307, None, Outcome.REFUSED, None),
        (400, None, Outcome.REFUSED, None),
        (401, None, Outcome.REFUSED, None),
        (403, None, Outcome.REFUSED, None),
        (404, None, Outcome.GONE, None),
        (410, None, Outcome.GONE, None),
        (413, None, Outcome.REFUSED, None),
        (429, "120", Outcome.BUSY, 120),
        (429, "Sun, 06 Nov 1994 08:49:37 GMT", Outcome.BUSY, None),
        (429, "9" * 400, Outcome.BUSY, None),
        (500, None, Outcome.BUSY, None),
        (503, "-1", Outcome.BUSY, None),
    ],
)
def test_what_a_status_means(status: int, retry_after: str | None, outcome: Outcome, wait_s: int | None) -> None:
    """RFC 8030 §5, §8.3"""
    answer = answer_of(status, retry_after)
    assert (answer.outcome, answer.retry_after_s) == (outcome, wait_s)
