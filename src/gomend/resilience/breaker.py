"""What a Resilience4j circuit breaker does with its numbers: when it opens, how long it waits, and which numbers it refuses.

Sources: resilience4j 2.2-2.4, ``CircuitBreakerConfig`` (the ranges its builder checks), ``CircuitBreakerMetrics`` (a rate exists from
minimumNumberOfCalls on; in a window of N calls it is at most N), ``IntervalFunction`` (exponential back-off, default multiplier 1.5);
ZooKeeper's administrator guide (session time-outs between 2 and 20 ticks of 2000 ms unless set otherwise).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final

from gomend.model.decimals import BadNumber, number

WAITS: Final = 6
"""How many waits of a sequence are told."""
_MULTIPLIER: Final = Fraction(3, 2)
_ZK: Final = (4000, 40000)
_UNITS: Final = {"ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60), "h": Fraction(3600), "": Fraction(1, 1000)}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|)", re.IGNORECASE)
_ISO: Final = re.compile(r"PT(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?", re.IGNORECASE)


class BadCase(Exception):  # noqa: N818 - the name is what people read
    """A question that cannot be answered; the message says what is missing or wrong."""


def answer(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one question.

    Raises:
        BadCase: there is no such question, or a number that it needs is missing or none.
    """
    if kind not in KINDS:
        raise BadCase(f"kind: {kind!r} is none of {', '.join(KINDS)}")
    try:
        return KINDS[kind](given)
    except BadNumber as error:
        raise BadCase(str(error)) from None


def _of(given: Mapping[str, Any], name: str, default: Fraction | None = None) -> Fraction:
    if given.get(name) is None:
        if default is None:
            raise BadCase(f"{name}: it is missing")
        return default
    return number(given[name], name)


def _told(value: Fraction) -> int | float:
    """Rounded half up to two places, as people do by hand."""
    rounded = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)


def seconds(value: object, name: str) -> Fraction:
    """A duration as Spring reads it: ``60s``, ``1500ms``, ``PT1M30S``, a bare number in milliseconds.

    Raises:
        BadCase: it is none.
    """
    text = str(value).strip()
    if match := _DURATION.fullmatch(text):
        return Fraction(match[1]) * _UNITS[match[2].lower()]
    match = _ISO.fullmatch(text)
    if match is None or not any(match.groups()):
        raise BadCase(f"{name}: {value!r} is no duration such as 60s, 1500ms or PT1M")
    return sum((Fraction(n or 0) * size for n, size in zip(match.groups(), (3600, 60, 1), strict=True)), Fraction(0))


def _seed(given: Mapping[str, Any]) -> dict[str, Any]:
    """A threshold that grows with ZooKeeper's session time-out: 30 % and 10 more for each minute."""
    session = _of(given, "zk_session_timeout_ms")
    threshold = 30 + session / 60000 * 10
    warn = []
    if threshold < _of(given, "previous_threshold", Fraction(50)):
        warn.append("more_sensitive_than_previous_50")
    if session > _ZK[1]:
        warn.append("above_default_max_session_timeout_40000")
    if session < _ZK[0]:
        warn.append("below_default_min_session_timeout_4000")
    valid = 0 < threshold <= 100
    made = {"threshold": float(_told(threshold)), "valid": valid, "warn": warn}
    return made if valid else {**made, "error": "failureRateThreshold must be in (0,100]"}


def _waits(given: Mapping[str, Any]) -> dict[str, Any]:
    """Waits in the open state, one for each opening in a row; the count starts again when the breaker closes."""
    if error := _exclusive(given):
        return {"valid": False, "error": error}
    base = seconds(given.get("waitDurationInOpenState", "60s"), "waitDurationInOpenState")
    if not given.get("enableExponentialBackoff"):
        return {"waits_s": [_told(base)] * WAITS, "warn": []}
    factor = _of(given, "exponentialBackoffMultiplier", _MULTIPLIER)
    cap = given.get("exponentialMaxWaitDurationInOpenState")
    most = None if cap is None else seconds(cap, "exponentialMaxWaitDurationInOpenState")
    waits = [base * factor**at for at in range(WAITS)]
    return {
        "waits_s": [_told(w if most is None else min(w, most)) for w in waits],
        "warn": ["uncapped_backoff"] if most is None and factor > 1 else [],
    }


def _exclusive(given: Mapping[str, Any]) -> str:
    both = given.get("enableExponentialBackoff") and given.get("enableRandomizedWait")
    return "exponential backoff and randomized wait cannot both be on" if both else ""


_RANGES: Final[dict[str, tuple[Callable[[Fraction], bool], str]]] = {
    "failureRateThreshold": (lambda n: 0 < n <= 100, "failureRateThreshold must be in (0,100]"),
    "slowCallRateThreshold": (lambda n: 0 < n <= 100, "slowCallRateThreshold must be in (0,100]"),
    "slidingWindowSize": (lambda n: n >= 1, "slidingWindowSize must be at least 1"),
    "minimumNumberOfCalls": (lambda n: n >= 1, "minimumNumberOfCalls must be at least 1"),
    "permittedNumberOfCallsInHalfOpenState": (lambda n: n >= 1, "permittedNumberOfCallsInHalfOpenState must be at least 1"),
    "exponentialBackoffMultiplier": (lambda n: n >= 1, "exponentialBackoffMultiplier must be at least 1"),
    "randomizedWaitFactor": (lambda n: 0 <= n < 1, "randomizedWaitFactor must be in [0,1)"),
}


def _config(given: Mapping[str, Any]) -> dict[str, Any]:
    """Whether Resilience4j takes a configuration."""
    if error := _exclusive(given):
        return {"valid": False, "error": error}
    for name, (fits, error) in _RANGES.items():
        if given.get(name) is not None and not fits(number(given[name], name)):
            return {"valid": False, "error": error}
    wait = given.get("waitDurationInOpenState")
    if wait is not None and seconds(wait, "waitDurationInOpenState") < Fraction(1, 1000):
        return {"valid": False, "error": "waitDurationInOpenState must be at least 1 ms"}
    warn = []
    if given.get("enableExponentialBackoff") and given.get("exponentialMaxWaitDurationInOpenState") is None:
        warn.append("uncapped_backoff")
    size, least = given.get("slidingWindowSize", 100), given.get("minimumNumberOfCalls", 100)
    if given.get("slidingWindowType", "COUNT_BASED") == "COUNT_BASED" and number(least, "minimumNumberOfCalls") > number(
        size, "slidingWindowSize"
    ):
        warn.append("minimum_calls_above_window")  # the window's size counts then
    return {"valid": True, "warn": warn}


def _design(given: Mapping[str, Any]) -> dict[str, Any]:
    """A window in time that a short total failure does not open, and a long one does: J < T/100 * W <= D."""
    share = _of(given, "threshold_pct") / 100
    if not 0 < share <= 1:
        raise BadCase("threshold_pct: it lies in (0,100]")
    low, high = _of(given, "benign_total_failure_s") / share, _of(given, "must_open_within_s") / share
    made: dict[str, Any] = {"window_type": "TIME_BASED", "window_s_min_exclusive": _told(low), "window_s_max": _told(high)}
    return made if low < high else {**made, "feasible": False}


def _count_window(given: Mapping[str, Any]) -> dict[str, Any]:
    """When a window of N calls opens the breaker, steady traffic with a share of failures."""
    size, rate = _of(given, "slidingWindowSize"), _of(given, "rps")
    share, threshold = _of(given, "failure_share", Fraction(1)), _of(given, "threshold_pct")
    least = min(_of(given, "minimumNumberOfCalls", Fraction(100)), size)
    if share * 100 < threshold or rate <= 0 or share <= 0:
        return {"opens": False}
    needed = math.ceil(threshold * size / 100)
    if given.get("history", "full_of_successes") != "full_of_successes":
        # from empty, the rate is the share itself as soon as there is one
        needed = math.ceil(least * share)
        return {"failures_to_open": needed, "seconds_to_open": float(_told(least / rate))}
    return {"failures_to_open": needed, "seconds_to_open": float(_told(Fraction(needed) / share / rate))}


def _time_window(given: Mapping[str, Any]) -> dict[str, Any]:
    """Whether a window in time ever holds enough calls to open the breaker."""
    window, rate = _of(given, "slidingWindowSize"), _of(given, "rps")
    calls = math.floor(window * rate)
    enough = calls >= _of(given, "minimumNumberOfCalls", Fraction(100))
    return {
        "opens": enough and _of(given, "failure_share", Fraction(1)) * 100 >= _of(given, "threshold_pct"),
        "calls_in_window": calls,
    }


def _availability(given: Mapping[str, Any]) -> dict[str, Any]:
    """The best availability that is left when the breaker was open once."""
    window, opened = _of(given, "measure_window_s"), _of(given, "open_s")
    if window <= 0 or not 0 <= opened <= window:
        raise BadCase("open_s: it lies between 0 and measure_window_s")
    lost = Fraction(0) if given.get("fallback_counts_as_success") else opened
    return {"max_availability_pct": float(_told((window - lost) / window * 100))}


KINDS: Final[dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "seed_formula": _seed,
    "wait_sequence": _waits,
    "config_check": _config,
    "design": _design,
    "count_window_open_time": _count_window,
    "time_window_low_traffic": _time_window,
    "availability_bound": _availability,
}
"""Question → what answers it."""
