"""Files that are there whole or not at all."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hongyan.foundation.files import write_once

WRITERS = 8


def test_of_those_who_write_at_once_one_wins_and_nothing_is_left_over(tmp_path: Path) -> None:
    for round_ in range(20):
        path = tmp_path / f"{round_}.pem"
        contents = [bytes([n]) * 4_096 for n in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda content, path=path: write_once(path, content), contents))
        assert path.read_bytes() in contents
    assert sorted(one.suffix for one in tmp_path.iterdir()) == [".pem"] * 20
