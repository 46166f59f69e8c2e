"""One request sent until it is answered: on a scripted engine, and on the real SDKs."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from synthlab.errors import BudgetError, EngineError, RetryableError
from synthlab.lm.answers import answer
from synthlab.lm.attempts import Attempts
from synthlab.lm.base import LMSettings, Overloaded, Unreachable, engine_class
from tests.lm.asking import HI

PLACE = "openai/m at http://127.0.0.1:9/v1"


def broken(**more):
    return RetryableError(f"{PLACE}: 500: out of order", "try again later", **more)


def busy(wait=None):
    return Overloaded(f"{PLACE}: 429: slow down", "lower lm.concurrency", wait)


class Scripted:
    """Plays a list of failures, then one thing for ever: an answer, or a failure."""

    place = PLACE

    def __init__(self, *script, ever="fine"):
        self.script, self.ever = list(script), ever
        self.sent = 0
        self.observe = None
        self._lock = threading.Lock()

    def complete(self, request):
        with self._lock:
            self.sent += 1
            step = self.script.pop(0) if self.script else self.ever
        step = step() if callable(step) else step
        if isinstance(step, BaseException):
            raise step
        return answer("openai/m", step)


def attempts_on(engine, waits=None, **settings):
    sleep = None if waits is None else waits.append
    return Attempts(engine, LMSettings("openai/m", **settings), sleep)


def ask(attempts, again=lambda exc: None):
    return attempts.answer(HI, again)


def gives_up(attempts):
    with pytest.raises(EngineError) as caught:
        ask(attempts)
    assert not isinstance(caught.value, RetryableError)
    return caught.value


def together(attempts, count):
    """What many calls at the same time end with: an answer, or an error."""

    def one(_):
        try:
            return ask(attempts)
        except EngineError as exc:
            return exc

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_an_answer_comes_with_its_attempts_and_their_seconds():
    def slowly():
        time.sleep(0.02)
        return broken()

    waits = []
    made = ask(attempts_on(Scripted(slowly, slowly), waits))
    assert made.response.message.text == "fine"
    assert made.attempts == 3
    assert made.seconds >= 0.04
    assert len(waits) == 2


def test_waits_double_are_drawn_at_random_and_end():
    longest = [0.0] * 8
    for _ in range(30):
        waits = []
        gives_up(attempts_on(Scripted(ever=broken()), waits, retries=9))
        longest = [max(pair) for pair in zip(longest, waits, strict=True)]
    caps = [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert all(wait <= cap for wait, cap in zip(longest, caps, strict=True))
    assert all(wait > cap / 2 for wait, cap in zip(longest, caps, strict=True))


def test_the_caller_hears_of_each_failure_before_the_next_attempt():
    heard = []
    engine = Scripted(broken(), busy())
    ask(attempts_on(engine, []), lambda exc: heard.append((engine.sent, exc.what[-11:])))
    assert heard == [(1, "ut of order"), (2, ": slow down")]


def test_the_wait_that_a_server_asks_for_is_over_when_the_caller_hears_of_it():
    waits, heard = [], []
    ask(attempts_on(Scripted(busy(7.0)), waits), lambda exc: heard.append(len(waits)))
    assert heard == [1]


def test_a_failure_that_the_caller_has_heard_of_is_not_the_cause_of_the_end():
    attempts = attempts_on(Scripted(broken(maybe_paid=True)), [])
    with pytest.raises(EngineError, match="closed") as caught:
        ask(attempts, lambda exc: attempts.close())
    assert caught.value.__cause__ is None


def test_what_the_caller_raises_ends_the_call_and_frees_its_place():
    def stop(exc):
        raise BudgetError("the cap is reached")

    engine = Scripted(broken())
    attempts = attempts_on(engine, [], concurrency=1)
    with pytest.raises(BudgetError):
        ask(attempts, stop)
    assert engine.sent == 1
    assert ask(attempts).response.message.text == "fine"


def test_giving_up_names_the_last_failure_and_keeps_it_as_the_cause():
    error = gives_up(attempts_on(Scripted(ever=broken(maybe_paid=True)), [], retries=3))
    assert error.what == f"{PLACE}: 500: out of order; gave up after 3 attempts"
    assert error.fix == "try again later"
    assert error.__cause__.maybe_paid is True


def test_nothing_at_the_address_is_tried_twice_until_something_was_answered():
    engine = Scripted(ever=Unreachable("nothing there"))
    assert "2 attempts" in gives_up(attempts_on(engine, [])).what
    engine = Scripted("fine", ever=Unreachable("nothing there"))
    attempts = attempts_on(engine, [])
    ask(attempts)
    assert "5 attempts" in gives_up(attempts).what


def test_a_retry_after_is_kept_and_a_little_more():
    waits = []
    ask(attempts_on(Scripted(busy(7.0)), waits))
    assert len(waits) == 1
    assert 2.0 < waits[0] <= 8.0


def test_a_retry_after_holds_for_every_call_of_the_endpoint():
    engine = Scripted(busy(7.0))
    waits = []
    attempts = attempts_on(engine, waits, retries=1)
    gives_up(attempts)
    assert waits == []
    ask(attempts)
    assert len(waits) == 1
    assert 2.0 < waits[0] <= 8.0


def test_those_who_waited_for_the_endpoint_do_not_come_back_together():
    engine = Scripted(busy(0.3), busy(0.3), busy(0.3), busy(0.3))
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        time.sleep(0.01)

    attempts = Attempts(engine, LMSettings("openai/m", concurrency=4), sleep)
    together(attempts, 4)
    assert len(set(waits)) == len(waits)


def test_a_wait_that_is_too_long_ends_the_call_and_pauses_nobody():
    waits = []
    attempts = attempts_on(Scripted(busy(3600.0)), waits)
    assert "asks to wait 3600 s" in gives_up(attempts).what
    ask(attempts)
    assert waits == []


def test_an_allowance_that_is_used_up_pauses_the_endpoint():
    engine = Scripted()
    waits = []
    attempts = attempts_on(engine, waits)
    engine.observe({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6s"})
    ask(attempts)
    assert len(waits) == 1
    assert 2.0 < waits[0] <= 7.0


def test_refusals_narrow_the_window_and_answers_widen_it():
    engine = Scripted(busy(), busy())
    attempts = attempts_on(engine, [], concurrency=8)
    ask(attempts)
    assert (attempts.limiter.window, attempts.limiter.cuts) == (2, 2)
    for _ in range(20):
        ask(attempts)
    assert attempts.limiter.window > 4


def test_other_failures_leave_the_window_as_it_is():
    attempts = attempts_on(Scripted("fine", broken(), Unreachable("gone")), [], concurrency=8)
    ask(attempts)
    assert ask(attempts).attempts == 3
    assert attempts.limiter.window == 8


def test_no_wait_goes_past_the_deadline_and_the_error_says_so():
    waits = []
    error = gives_up(attempts_on(Scripted(ever=busy(40.0)), waits, retries=50, deadline_s=100))
    assert sum(waits) <= 100
    assert len(waits) == 2
    assert error.what.endswith("3 attempts, as another one would pass lm.deadline_s (100 s)")


def test_attempts_count_towards_the_deadline():
    def slowly():
        time.sleep(0.06)
        return broken(retry_after=0.0)

    engine = Scripted(ever=slowly)
    error = gives_up(attempts_on(engine, retries=1000, deadline_s=0.15))
    assert "lm.deadline_s" in error.what
    assert engine.sent <= 3


def test_a_pause_of_the_endpoint_counts_towards_the_deadline():
    engine = Scripted(busy(50.0))
    attempts = attempts_on(engine, [], retries=1, deadline_s=10)
    gives_up(attempts)
    error = gives_up(attempts)
    assert "lm.deadline_s (10 s)" in error.what
    assert error.what.startswith(PLACE)
    assert engine.sent == 1


def test_the_queue_for_a_place_does_not_count_towards_the_deadline():
    def slowly():
        time.sleep(0.05)
        return "fine"

    attempts = attempts_on(Scripted(ever=slowly), concurrency=1, deadline_s=0.2)
    assert [made.attempts for made in together(attempts, 8)] == [1] * 8


def test_an_endpoint_that_is_down_ends_every_call_with_one_error():
    waits = []
    engine = Scripted(ever=broken())
    attempts = attempts_on(engine, waits, retries=12, concurrency=10, deadline_s=1e9)
    errors = together(attempts, 10)
    down = [exc for exc in errors if "is down" in exc.what]
    assert down
    assert len({exc.what for exc in down}) == 1
    assert down[0].what.startswith(f"{PLACE} is down: the last ")
    assert down[0].what.endswith("failed, the last one with: 500: out of order")
    assert "run the same command again" in down[0].fix
    sent = engine.sent
    assert 10 <= sent < 120
    assert gives_up(attempts).what == down[0].what
    assert engine.sent == sent


def test_those_who_wait_hear_at_once_that_the_endpoint_is_down(monkeypatch):
    def slowly():
        time.sleep(0.03)
        return broken(retry_after=0.0)

    monkeypatch.setattr("synthlab.lm.attempts.LEAST_SECONDS", 0.0)
    engine = Scripted(broken(), ever=slowly)
    attempts = attempts_on(engine, retries=2, deadline_s=1e9)
    monkeypatch.setattr("synthlab.lm.attempts.BASE_DELAY", 1e6)
    monkeypatch.setattr("synthlab.lm.attempts.LONGEST_DELAY", 1e6)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, attempts)
        while not engine.sent:
            time.sleep(0.001)
        while "is down" not in gives_up(attempts).what:
            pass
        with pytest.raises(EngineError, match="is down"):
            waiting.result(5)


def test_one_answer_or_one_rate_limit_among_failures_means_that_it_is_up():
    for sign in ("fine", busy(), EngineError("400: refused")):
        engine = Scripted(*([broken()] * 9 + [sign]) * 5)
        attempts = attempts_on(engine, [], retries=1, concurrency=1)
        ends = [together(attempts, 1)[0] for _ in range(50)]
        assert not any("is down" in str(end) for end in ends)
        assert engine.sent == 50


def test_one_bad_moment_does_not_count_as_down():
    moment = threading.Barrier(16)

    def at_once():
        moment.wait(10)
        return broken(retry_after=0.0)

    attempts = attempts_on(Scripted(*[at_once] * 16), concurrency=16)
    assert [made.attempts for made in together(attempts, 16)] == [2] * 16


def test_many_attempts_by_the_users_wish_outlive_a_restart_of_the_server():
    engine = Scripted(*[broken()] * 14)
    waits = []
    assert ask(attempts_on(engine, waits, retries=30, concurrency=1)).attempts == 15
    assert sum(waits) > 5


def test_closing_wakes_those_who_wait_and_ends_later_calls():
    engine = Scripted(ever=busy(100.0))
    attempts = attempts_on(engine, concurrency=2)
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(ask, attempts) for _ in range(4)]
        while not engine.sent:
            time.sleep(0.001)
        attempts.close()
        for future in futures:
            with pytest.raises(EngineError, match="openai/m: the session was closed"):
                future.result(5)
    sent = engine.sent
    assert gives_up(attempts).what == "openai/m: the session was closed"
    assert engine.sent == sent


def test_a_failure_of_the_client_after_closing_is_told_as_a_closed_session():
    attempts = None

    def broken_by_closing():
        attempts.close()
        return RuntimeError("the client has been closed")

    attempts = attempts_on(Scripted(broken_by_closing))
    assert "closed" in gives_up(attempts).what


def test_a_slow_call_holds_up_no_other():
    free = threading.Event()

    def hangs():
        free.wait(10)
        return "late"

    engine = Scripted(hangs)
    attempts = attempts_on(engine, concurrency=2)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(ask, attempts)
        while not engine.sent:
            time.sleep(0.001)
        assert [ask(attempts).response.message.text for _ in range(20)] == ["fine"] * 20
        assert not slow.done()
        free.set()
        assert slow.result(5).response.message.text == "late"


def test_no_more_than_the_setting_are_under_way():
    busy_now, most, lock = 0, 0, threading.Lock()

    def work():
        nonlocal busy_now, most
        with lock:
            busy_now += 1
            most = max(most, busy_now)
        time.sleep(0.005)
        with lock:
            busy_now -= 1
        return "fine"

    together(attempts_on(Scripted(ever=work), concurrency=3), 12)
    assert most == 3


@pytest.fixture
def served(faults, sdk):
    """Attempts on a real SDK engine whose server plays a schedule: (attempts, address, waits)."""
    opened = []

    def build(*schedule, **settings):
        url = faults.schedule(schedule)
        waits = []
        base_url = f"{url}/v1" if sdk == "openai" else url
        chosen = LMSettings(f"{sdk}/m", base_url=base_url, **settings)
        engine = engine_class(chosen)(chosen)
        opened.append(engine)
        return Attempts(engine, chosen, waits.append), url, waits

    yield build
    for engine in opened:
        engine.close()


def test_a_call_outlives_a_schedule_of_faults(served, faults):
    attempts, url, waits = served("busy", "server-error", "cut", "broken-json", retries=5)
    assert ask(attempts).response.message.text == "a fine answer"
    assert faults.count(url) == 5
    assert len(waits) == 4
    assert attempts.limiter.cuts == 1


def test_the_headers_of_an_answer_pause_the_next_call(served):
    attempts, _, waits = served("used-up")
    ask(attempts)
    assert waits == []
    ask(attempts)
    assert len(waits) == 1
    assert 2.0 < waits[0] <= 8.0


def test_a_burst_of_rate_limits_narrows_the_window_and_every_call_is_answered(served, faults):
    attempts, url, _ = served(*["busy"] * 16, concurrency=16, retries=40)
    made = together(attempts, 32)
    assert {one.response.message.text for one in made} == {"a fine answer"}
    assert faults.count(url) == 48
    assert attempts.limiter.cuts >= 1


def test_a_server_that_dies_is_called_down(served):
    attempts, _, _ = served(*["unavailable"] * 200, concurrency=4, retries=12, deadline_s=1e9)
    errors = together(attempts, 4)
    assert any("is down: the last" in exc.what for exc in errors)
    assert any("loading the model" in exc.what for exc in errors)
