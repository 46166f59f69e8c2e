"""Inside ``one_thread`` linear algebra takes one thread, and afterwards what it took before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import sklearn.linear_model  # noqa: F401 - loads the libraries in question
from threadpoolctl import ThreadpoolController

from synthlab.features.threads import one_thread


def blas() -> list[int]:
    found = ThreadpoolController().lib_controllers
    return [library.num_threads for library in found if library.user_api == "blas"]


def test_the_limit_holds_while_anyone_is_inside_and_ends_with_the_last():
    before = blas()
    assert before
    entered, measured = Barrier(4), Barrier(4)

    def work(turn: int) -> list[int]:
        with one_thread():
            entered.wait(20)
            if turn == 0:
                measured.wait(20)
                return blas()
        measured.wait(20)  # the others have left by now
        return [1]

    with ThreadPoolExecutor(4) as pool:
        assert all(set(found) == {1} for found in pool.map(work, range(4)))
    assert blas() == before


def test_an_error_inside_lifts_the_limit():
    before = blas()
    try:
        with one_thread(), one_thread():
            raise ValueError
    except ValueError:
        pass
    assert blas() == before
