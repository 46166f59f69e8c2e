"""What is an identifier of a person, what only looks like one, and whose it is."""

import sys
from dataclasses import replace

import pytest

from synthlab.errors import ConfigError
from synthlab.quality.identifiers import Identifier, identifiers, luhn
from synthlab.quality.presidio import Presidio
from tests.quality.faults import as_made, measured, part, rows, subject, written

TRUE = {
    "email": [
        "write to jane.doe@acme-mail.org today",
        "Mail: J_Smith+news@mail.co.uk.",
        "<bob@sub.domain.io>",
        "kontakt@müller-bau.de",
    ],
    "phone": [
        "call (212) 736-5000 now",
        "call 212-736-5000",
        "call 1-800-273-8255.",
        "Tel. +44 20 7946 0018",
        "+49 (30) 901820-0"[:16],
        "ring 020 7946 0018 after six",
        "Tel: 030-9018200",
        "on 07700 900123",
        "+1.415.736.2000",
        "+33 1 42 68 53 00",
    ],
    "iban": [
        "pay to GB82 WEST 1234 5698 7654 32 please",
        "DE89370400440532013000",
        "IBAN: FR14 2004 1010 0505 0001 3M02 606.",
        "NO93 8601 1117 947",
        "to DE89 3704 0044 0532 0130 00 BY Friday",
    ],
    "card": [
        "card 4539 1488 0343 6467",
        "5555-5555-5555-4444",
        "378282246310005 (Amex)",
        "6011111111111117",
        "2223 0031 2200 3222",
    ],
    "ssn": ["SSN 536-90-4399", "his number is 001-12-3456."],
    "ip": ["from 81.2.69.142 at noon", "2606:4700:4700::1111 answered"],
    "url": ["see https://acme-shop.com/a?b=1.", "www.acme.org"],
}
FALSE = [
    "on 2024-11-26 at 12:30:45",
    "26.11.2024 and 11/26/2024",
    "01-02-2004 to 31-12-2004",
    "it costs $1,234,567.89 or 1.234.567,89 EUR",
    "4,539,148,803,436,467 dollars",
    "order 4539148803436468",  # no check digit
    "order number 212-736-5000",
    "ticket #020 7946 0018",
    "tracking 1234567890123456",
    "0000 0000 0000 0000 and 1111 1111 1111 1111",
    "invoice 100200300400",
    "ISBN 978-0-306-40615-7",
    "ref: 536-90-43991",
    "000-12-3456, 666-12-3456, 900-12-3456, 536-00-4399, 536-90-0000",
    "078-05-1120",
    "GB82 WEST 1234 5698 7654 33",  # remainder is not 1
    "DE8937040044053201300",  # too short
    "version 1.2.3.4 and v81.2.69.142",
    "192.168.0.1, 10.0.0.7, 127.0.0.1 and 203.0.113.9",
    "999.1.2.3 and 1.2.3.4.5",
    "at 10:20:30 or 1:2:3:4",
    "ask me@example.com or a@b or x@y.test",
    "@jane said 5 @ 3 pm",
    "http://example.org/path",
    "call (212) 555-0123 in the film",
    "the score was 212-736-50",
    "between 1990-1995 and 2000-2005",
    "a population of 212 736 500",
    "12 345 678 901 234 people",
    "0.123456789012345",
    "1234567890",
    "2004 2005 2006 2007 and 2008",
    "9999-4831-7720-1234",
    "the 0-0 draw, 10-12-14 formation",
    "call 012-345",
    "112-736-5000 and 212-136-5000",  # no area, no exchange
    "section 3.2.1.4 of the act",
    "",
]


def kinds(text):
    return [item.kind for item in identifiers(text)]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in TRUE.items() for text in texts]
)
def test_identifiers_are_found_once_and_as_what_they_are(kind, text):
    assert kinds(text) == [kind]


@pytest.mark.parametrize("text", FALSE)
def test_what_only_looks_like_one_is_none(text):
    assert kinds(text) == []


def test_several_in_a_text_are_all_found():
    text = "jane@acme.org, 212-736-5000, 4539 1488 0343 6467, https://acme.com/x"
    assert sorted(kinds(text)) == ["card", "email", "phone", "url"]


def test_the_same_number_is_the_same_however_it_is_written():
    ways = ["4539 1488 0343 6467", "4539-1488-0343-6467", "4539148803436467"]
    assert len({item.value for way in ways for item in identifiers(way)}) == 1
    assert [i.value for i in identifiers("Jane@ACME.org")] == ["jane@acme.org"]


def test_luhn_knows_its_check_digit():
    assert luhn("79927398713")
    assert not luhn("79927398710")


def with_text(said, count):
    made = as_made(rows("made"))
    texts = [(row.label, str(row.values["text"])) for row in made]
    return written([(c, f"{t} {said}" if n < count else t) for n, (c, t) in enumerate(texts)])


def real_with(said):
    """Seed rows, the first of which says it."""
    first, *others = rows("seed")
    return (replace(first, values={"text": f"{first.values['text']} {said}"}), *others)


def test_invented_ones_are_counted_by_kind_and_watched():
    found = measured("pii", subject(with_text("call 212-736-5000", 6)))
    assert found["pii"].value == pytest.approx(1000 * 6 / 180)
    assert found["pii"].details["by_kind"] == {"phone": pytest.approx(33.333)}
    assert found["pii"].verdict == "watch"
    assert "phone number" in found["pii"].said
    assert (found["pii_real"].value, found["pii_real"].verdict) == (0, "good")


def test_one_that_is_also_in_a_real_row_is_a_leak_however_it_is_written():
    about = subject(with_text("(212) 736 5000", 1), source=real_with("at 212.736.5000"))
    found = measured("pii", about)
    assert found["pii_real"].value == pytest.approx(1000 / 180)
    assert found["pii_real"].verdict == "bad"
    assert found["pii"].value == 0
    assert "736" not in str(found["pii_real"])


def test_rows_that_hold_as_many_as_real_ones_do_are_good():
    dev = tuple(
        replace(row, values={"text": f"mail me{n}@acme.org {row.values['text']}"})
        for n, row in enumerate(rows("dev", 80))
    )
    about = subject(with_text("x", 0), real=dev)
    assert measured("pii", about)["pii"].reference == 1000
    made = with_text("mail someone@acme.net", 180)
    assert measured("pii", subject(made, real=dev))["pii"].verdict == "good"


def test_links_are_counted_and_are_nobody():
    found = measured("pii", subject(with_text("www.acme.org", 90)))
    assert found["pii"].value == 0
    assert found["pii"].details["by_kind"] == {"url": 500}


def test_presidio_says_what_it_needs_where_it_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(ConfigError) as told:
        part("presidio")
    assert "presidio-analyzer" in told.value.what
    assert told.value.fix == "pip install 'synthlab-framework[presidio]'"


def test_a_finder_of_more_has_its_own_names_and_null():
    """As Presidio does: what held-out rows share with seed rows too is no leak."""

    class Capitals(Presidio):
        def __init__(self):
            self.params = None

        def find(self, texts):
            return [{Identifier("PERSON", w) for w in t.split() if w.istitle()} for t in texts]

    def everywhere(tag, per_class):
        return tuple(replace(row, values={"text": f"Blair {row.values['text']}"})
                     for row in rows(tag, per_class))  # fmt: skip

    dev = everywhere("dev", 80)
    about = subject(as_made(everywhere("made", 60)), source=everywhere("seed", 60), shown=(),
                    real=dev, held=dev)  # fmt: skip
    found = {item.name: item for item in Capitals().measure(about)}
    assert found.keys() == {"ner_pii", "ner_pii_real"}
    assert (found["ner_pii_real"].value, found["ner_pii_real"].verdict) == (1000, "good")
    plain = subject(about.kept, source=about.source, shown=())
    found = {item.name: item for item in Capitals().measure(plain)}
    assert found["ner_pii_real"].verdict == "bad"
    assert "(person)" in found["ner_pii_real"].said


def test_plain_rows_hold_none():
    found = measured("pii", subject(as_made(rows("made"))))
    assert (found["pii"].value, found["pii"].verdict, found["pii"].reference) == (0, "good", 0)
