"""What may not be set beside the settings that calls are counted by."""

import pytest

from synthlab.errors import EngineError
from synthlab.lm.base import LMSettings
from synthlab.lm.session import Session


@pytest.mark.parametrize("engine", ["openai", "anthropic"])
@pytest.mark.parametrize("key", ["max_tokens", "n", "model", "messages"])
def test_extra_settings_cannot_make_a_call_larger_than_what_is_reserved(engine, key):
    settings = LMSettings(f"{engine}/m", base_url="http://127.0.0.1:1", extra={key: 3})
    with pytest.raises(EngineError, match=f"may not set '{key}'"):
        Session(settings)
