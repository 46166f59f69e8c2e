"""What `doctor` says of packages: compared with what this package's own metadata asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthlab.workflow.doctor import doctor
from synthlab.workflow.versions import required, unmet


@pytest.fixture
def asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put metadata of this package in front of the real one: ``asks_for("mlflow>=99")``."""

    def make(*needs: str) -> None:
        info = tmp_path / "synthlab_framework-9.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.1", "Name: synthlab-framework", "Version: 9"]
        lines += [f"Requires-Dist: {need}" for need in needs]
        (info / "METADATA").write_text("\n".join(lines), encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))

    return make


def checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    monkeypatch.chdir(tmp_path)
    return {item["name"]: item for item in doctor()}


def test_wrong_and_missing_packages_are_named_with_the_command_that_mends_them(
    asks_for, tmp_path, monkeypatch
):
    asks_for(
        "mlflow>=99,<100",
        "rich>=1",
        "no-such-package>=2",
        "old-system; python_version < '3'",
        "datasets>=99; extra == 'huggingface'",
    )
    found = checks(tmp_path, monkeypatch)
    packages = found["packages"]
    assert packages["state"] == "bad"
    assert "is installed, <100,>=99 is needed" in packages["detail"]
    assert "no-such-package is not installed" in packages["detail"]
    assert "rich" not in packages["detail"]
    assert "old-system" not in packages["detail"]
    assert packages["fix"].endswith("-m pip install 'mlflow<100,>=99' 'no-such-package>=2'")
    extra = found["extra 'huggingface'"]
    assert extra["state"] == "warn"
    assert extra["fix"].endswith("-m pip install 'datasets>=99'")


def test_packages_that_fit_are_listed_with_their_versions(asks_for, tmp_path, monkeypatch):
    asks_for("mlflow>=3", "datasets; extra == 'huggingface'")
    packages = checks(tmp_path, monkeypatch)["packages"]
    assert (packages["state"], packages["fix"]) == ("ok", "")
    assert "mlflow 3." in packages["detail"]


def test_this_installation_is_what_it_asks_for():
    assert required()
    assert unmet(required()) == {}
    assert [need.name for need in required("huggingface")] == ["datasets"]
