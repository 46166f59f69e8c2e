"""The PostgreSQL server that tests and experiments start is a real one that processes share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.postgres import server, site

NOTES = sa.Table("notes", sa.MetaData(), sa.Column("place", sa.Integer), sa.Column("text", sa.Text))
OTHER = """
import sys
import sqlalchemy as sa
with sa.create_engine(sys.argv[1]).begin() as connection:
    print(*connection.scalars(sa.text("SELECT text FROM notes")))
    connection.execute(sa.text("INSERT INTO notes VALUES (2, 'theirs')"))
"""


@pytest.fixture
def notes(postgres_url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(postgres_url)
    NOTES.create(engine)
    yield engine
    NOTES.drop(engine)
    engine.dispose()


def test_the_server_is_a_postgresql(postgres_url: str):
    with sa.create_engine(postgres_url).connect() as connection:
        assert connection.scalar(sa.text("SELECT version()")).startswith("PostgreSQL")


def test_a_row_comes_back_as_it_was_written(notes: sa.Engine):
    with notes.begin() as connection:
        connection.execute(NOTES.insert(), {"place": 1, "text": "naïve 猫 \n"})
    with notes.connect() as connection:
        assert connection.execute(sa.select(NOTES)).all() == [(1, "naïve 猫 \n")]


def test_two_processes_see_each_others_rows(notes: sa.Engine, postgres_url: str):
    with notes.begin() as connection:
        connection.execute(NOTES.insert(), {"place": 1, "text": "ours"})
    command = [sys.executable, "-c", OTHER, postgres_url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["ours"]
    with notes.connect() as connection:
        texts = connection.scalars(sa.select(NOTES.c.text).order_by(NOTES.c.place)).all()
    assert texts == ["ours", "theirs"]


@pytest.mark.skipif(site() is None, reason="no PostgreSQL binaries")
def test_a_server_of_ones_own_is_empty_and_leaves_nothing_behind():
    with server() as url:
        engine = sa.create_engine(url)
        assert sa.inspect(engine).get_table_names() == []
        engine.dispose()
        folder = Path(sa.make_url(url).query["host"])
        assert folder.is_dir()
    assert not folder.exists()
