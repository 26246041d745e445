"""[DS6] Mail of several processes is announced in the order of its seqs, and nothing twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hongyan.delivery.model import Delivery, Span
from hongyan.delivery.order import Order


def mail(span: Span) -> list[Delivery]:
    return [Delivery(seq, b"envelope", [1]) for seq in range(span.first, span.last + 1)]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), st.data())
def test_whatever_is_late_or_lost_the_rest_is_in_order(lengths: list[int], data: st.DataObject) -> None:
    spans, first = [], 1
    for length in lengths:
        spans.append(Span(first, first + length - 1))
        first += length
    lost = data.draw(st.sets(st.sampled_from(spans)))
    arriving = data.draw(st.permutations([span for span in spans if span not in lost]))
    order = Order()
    order.next_seq = 1
    announced: list[int] = []
    for span in arriving:
        announced += [one.seq for one in order.put(span, mail(span))]
    before_gap = next((span.first for span in spans if span in lost), first)
    assert announced == list(range(1, before_gap))
    announced += [one.seq for one in order.skip_to(first - 1)]
    assert announced == list(range(1, before_gap)), "what is read back is not announced as well"
    following = Span(first, first)
    assert [one.seq for one in order.put(following, mail(following))] == [first]
    for span in lost:
        assert order.put(span, mail(span)) == [], "what comes after all was read back"


def test_what_follows_a_gap_is_announced_once_the_gap_was_read_back() -> None:
    order = Order()
    assert [one.seq for one in order.put(Span(5, 6), mail(Span(5, 6)))] == [5, 6], "the first that comes begins"
    assert order.put(Span(9, 9), mail(Span(9, 9))) == []
    assert order.put(Span(11, 11), mail(Span(11, 11))) == []
    assert [one.seq for one in order.skip_to(8)] == [9]
    assert [one.seq for one in order.put(Span(10, 10), [])] == [11]


def test_after_a_doubt_whatever_comes_is_next() -> None:
    order = Order()
    order.put(Span(1, 1), mail(Span(1, 1)))
    order.put(Span(3, 3), mail(Span(3, 3)))
    order.lose()
    assert [one.seq for one in order.put(Span(7, 8), mail(Span(7, 8)))] == [7, 8]
