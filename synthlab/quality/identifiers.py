"""Strings in a text that identify a person: found by form, and believed by checksum and rule.

A number is only taken for what it can be: a card has an issuer's prefix and Luhn's check digit, an
IBAN its country's length and the remainder 1 of ISO 7064, a phone number separators or a ``+``, a
social security number an area that is issued, an IP address a route. What is reserved for examples
(example.com, 555-01xx, 192.0.2.0/24) is nobody's. Dates, prices, order numbers are none of these.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

KINDS = ("email", "phone", "iban", "card", "ssn", "ip", "url")


@dataclass(frozen=True, slots=True)
class Identifier:
    """One that was found: its kind, and its value without spaces and marks, in lower case."""

    kind: str
    value: str


# Lengths of the SWIFT IBAN registry, by country.
_IBAN = {
    country: int(length)
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK",
        21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR",
        27: "FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA",
        30: "JO KW MU", 31: "MT SC", 32: "LC",
    }.items()
    for country in countries.split()
}  # fmt: skip

_CARDS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|65\d\d|64[4-9]\d)\d{12}"  # Discover
    r"|(?:30[0-5]|3[689]\d)\d{11}"  # Diners
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|62\d{14,17}"  # UnionPay
)
_EXAMPLES = re.compile(r"(?:^|[@.])example\.(?:com|net|org)$|\.(?:example|test|invalid|localhost)$")
_COUNTED = re.compile(
    r"(?:#|\b(?:order|invoice|ticket|tracking|reference|ref|case|booking|serial|part|account|isbn)"
    r"(?:\s+(?:number|no|id|code))?[.:]?\s*(?:is\s+|#\s*)?)$",
    re.IGNORECASE,
)
"""What stands before a number that only counts things."""
_NUMBERED = re.compile(
    r"(?:\bv|version|release|firmware|section|chapter|clause|article|part|§)\.?\s*$", re.IGNORECASE
)
"""What stands before four numbers that are no address; four digits are none either."""


def _email(found: re.Match[str]) -> str:
    value = found[0].lower()
    return "" if _EXAMPLES.search(value) or ".." in value else value


def _url(found: re.Match[str]) -> str:
    value = found[0].lower().rstrip(".,;:!?)'\"")
    host = re.sub(r"^https?://", "", value).split("/")[0].split(":")[0]
    return "" if _EXAMPLES.search(host) or "." not in host else value


def _iban(found: re.Match[str]) -> str:
    """The longest beginning that is one: what follows may be the next word."""
    value = re.sub(r"[ -]", "", found[0]).upper()
    length = _IBAN.get(value[:2], 0)
    if not length or len(value) < length:
        return ""
    value = value[:length]
    digits = "".join(str(int(char, 36)) for char in value[4:] + value[:4])
    return value.lower() if int(digits) % 97 == 1 else ""


def _card(found: re.Match[str]) -> str:
    value = re.sub(r"\D", "", found[0])
    if not _CARDS.fullmatch(value) or len(set(value)) < 2:
        return ""
    return value if luhn(value) else ""


def luhn(digits: str) -> bool:
    """Whether the last digit is Luhn's check digit (ISO/IEC 7812-1)."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        twice = int(char) * 2 if place % 2 else int(char)
        total += twice - 9 if twice > 9 else twice
    return total % 10 == 0


def _ssn(found: re.Match[str]) -> str:
    """Never issued: area 000, 666 and 900 to 999, group 00, serial 0000 (Social Security Adm.)."""
    area, group, serial = found[1], found[2], found[3]
    if area in {"000", "666"} or area[0] == "9" or group == "00" or serial == "0000":
        return ""
    value = area + group + serial
    return "" if value in {"078051120", "219099999", "123456789"} else value


def _ip(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - 12) : found.start()]
    if _NUMBERED.search(before) or re.fullmatch(r"\d(?:\.\d){3}", found[0]):
        return ""
    try:
        address = ipaddress.ip_address(found[0])
    except ValueError:
        return ""
    return str(address) if address.is_global else ""


def _phone(found: re.Match[str]) -> str:
    text = found[0]
    value = re.sub(r"\D", "", text)
    before = found.string[max(0, found.start() - 30) : found.start()]
    if not 10 <= len(value) <= 15 or len(set(value)) < 3 or _COUNTED.search(before):
        return ""
    if text.startswith("+"):
        return value if value[0] != "0" and not _fictional(value[1:]) else ""
    if value[0] == "0":  # with the national prefix, as outside of North America
        return value
    national = value[1:] if len(value) == 11 and value[0] == "1" else value
    if len(national) != 10 or national[0] in "01" or national[3] in "01":
        return ""
    return "" if _fictional(national) else value


def _fictional(national: str) -> bool:
    """North American numbers 555-0100 to 555-0199 are kept for stories."""
    return len(national) == 10 and national[3:8] == "55501"


_FORMS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    ("url", re.compile(r"\b(?:https?://|www\.)[^\s<>\"']{4,}", re.IGNORECASE), _url),
    (
        "email",
        re.compile(
            r"(?<![\w.+-])[\w+-][\w.+-]{0,63}@(?:[\w-]{1,63}\.)+[a-z]{2,24}\b", re.IGNORECASE
        ),
        _email,
    ),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?![A-Z0-9])"), _iban),
    ("card", re.compile(r"(?<![\d.,$€£+-])\d(?:[ -]?\d){12,18}(?![\d%]|[.,]\d)"), _card),
    ("ssn", re.compile(r"(?<![\d.-])(\d{3})-(\d{2})-(\d{4})(?![\d-]|\.\d)"), _ssn),
    (
        "ip",
        re.compile(
            r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})(?![\w:]|\.\d)",
            re.IGNORECASE,
        ),
        _ip,
    ),
    (
        "phone",
        re.compile(
            r"(?<![\w.,$€£/+-])(?:"
            r"\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,6}"  # +44 20 7946 0018
            r"|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"  # (212) 736-5000
            r"|\(?0\d{1,4}\)?(?:[ .-]\d{2,8}){1,4}"  # 020 7946 0018, (030) 901820
            r")(?![\d%]|[.,/-]\d)"
        ),
        _phone,
    ),
)


_HINT = re.compile(r"[\d@]|www\.|://", re.IGNORECASE)


def identifiers(text: str) -> Iterator[Identifier]:
    """Those in a text, each place once: what is an IBAN is not a card or a phone number too."""
    if not _HINT.search(text):
        return
    taken: list[tuple[int, int]] = []
    for kind, form, check in _FORMS:
        for found in form.finditer(text):
            start, end = found.span()
            if any(start < last and first < end for first, last in taken):
                continue
            if value := check(found):
                taken.append((start, end))
                yield Identifier(kind, value)
