"""What led to an error is told once each, whatever shape the chain has."""

from ingest.endpoint import causes


def test_a_chain_ends_though_it_is_a_ring() -> None:
    first, then, last = OSError("no route"), ValueError("no answer"), RuntimeError("no vectors")
    last.__cause__, then.__context__ = then, first
    assert [*causes(last)] == [last, then, first]
    first.__cause__ = then
    assert [*causes(last)] == [last, then, first]
    then.__cause__ = then
    assert [*causes(last)] == [last, then]
