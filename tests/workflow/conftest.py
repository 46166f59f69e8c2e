"""What all tests of the workflow share."""

import pytest

from tests.conftest import copied_stores


@pytest.fixture(scope="module", autouse=True)
def stores(blank_store):
    """No test here is about how a store is made."""
    with copied_stores(blank_store):
        yield
