"""Inside ``one_thread`` linear algebra takes one thread, and afterwards what it took before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import sklearn.linear_model  # noqa: F401 - loads the libraries in question
from threadpoolctl import ThreadpoolController

from synthlab.features.threads import one_thread


def blas() -> dict[str, int]:
    found = ThreadpoolController().lib_controllers
    return {item.filepath: item.num_threads for item in found if item.user_api == "blas"}


def test_the_limit_holds_while_anyone_is_inside_and_ends_with_the_last():
    before = blas()
    assert before
    entered, measured = Barrier(4), Barrier(4)

    def work(turn: int) -> dict[str, int]:
        with one_thread():
            entered.wait(20)
            if turn == 0:
                measured.wait(20)
                return blas()
        measured.wait(20)  # the others have left by now
        return {}

    with ThreadPoolExecutor(4) as pool:
        first, *_ = pool.map(work, range(4))
    assert first == dict.fromkeys(before, 1)
    assert blas() == before


def test_an_error_inside_lifts_the_limit():
    before = blas()
    try:
        with one_thread(), one_thread():
            raise ValueError
    except ValueError:
        pass
    assert blas() == before


def test_the_main_thread_and_workers_take_turns():
    with one_thread():
        assert set(blas().values()) == {1}

    def work(_: int) -> set[int]:
        with one_thread():
            return set(blas().values())

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(work, range(9))) == [{1}] * 9
    with one_thread():
        assert set(blas().values()) == {1}
