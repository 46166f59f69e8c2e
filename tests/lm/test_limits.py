"""How many requests may be under way, and what a server's headers say about waiting."""

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from synthlab.lm.headers import retry_after, used_up
from synthlab.lm.limits import Limiter


def under_way(limiter, count):
    return [limiter.enter() for _ in range(count)]


def answered(limiter, count):
    for _ in range(count):
        limiter.answered(limiter.enter())
        limiter.leave()


def waiting(limiter, count):
    """Threads that wait for a place, in this order, and the order in which they got one."""
    order = []

    def enter(index):
        limiter.enter()
        order.append(index)

    threads = []
    for index in range(count):
        threads.append(threading.Thread(target=enter, args=(index,), daemon=True))
        threads[-1].start()
        while len(limiter._queue) <= index:
            time.sleep(0.001)
    return threads, order


def test_it_starts_as_wide_as_the_user_set_it():
    limiter = Limiter(64)
    assert (limiter.window, limiter.cuts) == (64, 0)
    under_way(limiter, 64)


def test_a_burst_of_refusals_halves_the_window_once():
    limiter = Limiter(64)
    for number in under_way(limiter, 64):
        limiter.overloaded(number)
        limiter.leave()
    assert (limiter.window, limiter.cuts) == (32, 1)


def test_a_refusal_after_the_cut_halves_it_again():
    limiter = Limiter(64)
    for width in (32, 16, 8, 4, 2, 1, 1):
        limiter.overloaded(limiter.enter())
        limiter.leave()
        assert limiter.window == width
    assert limiter.cuts == 7


def test_the_window_grows_by_one_for_each_window_of_answers_up_to_the_ceiling():
    limiter = Limiter(8)
    limiter.overloaded(limiter.enter())
    limiter.leave()
    widths = []
    for _ in range(4 + 5 + 6 + 7 + 8 + 8):
        answered(limiter, 1)
        widths.append(limiter.window)
    assert [widths.count(width) for width in (4, 5, 6, 7)] == [3, 5, 6, 7]
    assert max(widths) == 8


def test_answers_from_before_the_cut_do_not_widen_the_window():
    limiter = Limiter(8)
    numbers = under_way(limiter, 8)
    limiter.overloaded(numbers[0])
    for number in numbers[1:]:
        limiter.answered(number)
    assert limiter.window == 4


def test_after_a_cut_nobody_enters_until_enough_have_left():
    limiter = Limiter(4)
    limiter.overloaded(under_way(limiter, 4)[0])
    threads, order = waiting(limiter, 1)
    limiter.leave()
    limiter.leave()
    assert order == []
    limiter.leave()
    threads[0].join(5)
    assert order == [0]


def test_places_go_to_those_who_wait_longest():
    limiter = Limiter(1)
    limiter.enter()
    threads, order = waiting(limiter, 5)
    for thread in threads:
        limiter.leave()
        thread.join(5)
    assert order == [0, 1, 2, 3, 4]


def test_closing_lets_everybody_through():
    limiter = Limiter(1)
    limiter.enter()
    threads, order = waiting(limiter, 5)
    limiter.close()
    for thread in threads:
        thread.join(5)
    assert sorted(order) == [0, 1, 2, 3, 4]
    under_way(limiter, 10)


def test_no_more_than_the_window_are_under_way_and_no_place_is_lost():
    limiter = Limiter(5)
    busy, most, lock = 0, 0, threading.Lock()

    def work():
        nonlocal busy, most
        for turn in range(200):
            number = limiter.enter()
            with lock:
                busy += 1
                most = max(most, busy)
            tell = limiter.answered if turn % 50 else limiter.overloaded
            tell(number)
            with lock:
                busy -= 1
            limiter.leave()

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most <= 5
    under_way(limiter, limiter.window)


def test_a_pause_lasts_until_the_latest_time_that_was_asked_for():
    limiter = Limiter(2)
    assert limiter.pause_left(100.0) <= 0
    limiter.pause(107.0)
    limiter.pause(103.0)
    assert limiter.pause_left(101.0) == 6.0
    assert limiter.pause_left(107.0) <= 0


NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)
DATE = format_datetime(NOW, usegmt=True)
LATER = format_datetime(NOW + timedelta(seconds=90), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": LATER, "date": DATE}, 90.0),
        ({"retry-after": DATE, "date": LATER}, 0.0),
        ({"retry-after": "Fri, 01 May 2020 12:00:00 -0000"}, 0.0),
        ({"retry-after": "tomorrow"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Fri, 01 May 99999999999 12:00:00 GMT"}, None),
        ({"retry-after-ms": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers, seconds):
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("250ms", 0.25),
        ("1m2.5s", 62.5),
        ("1h30m", 5400.0),
        ("30", 30.0),
        ("soon", 0.0),
        ("", 0.0),
    ],
)
def test_openais_reset_is_read(text, seconds):
    headers = {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": text}
    assert used_up(headers) == pytest.approx(seconds)


def test_anthropics_reset_is_read():
    headers = {
        "date": DATE,
        "anthropic-ratelimit-requests-remaining": "12",
        "anthropic-ratelimit-requests-reset": "2026-05-01T12:30:00Z",
        "anthropic-ratelimit-output-tokens-remaining": "0",
        "anthropic-ratelimit-output-tokens-reset": "2026-05-01T12:00:45Z",
    }
    assert used_up(headers) == 45.0


def test_what_is_not_used_up_asks_for_no_wait():
    headers = {
        "x-ratelimit-remaining-requests": "10",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-remaining-tokens": "0",
    }
    assert used_up(headers) == 0.0


def test_the_longest_of_several_resets_counts():
    headers = {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "3s",
    }
    assert used_up(headers) == 3.0
