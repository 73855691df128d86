"""The house's own rules: pages made from code are current, examples are whole, nothing leaks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot import networks
from bot.model import Account
from bot.settings import load_settings
from tests.world import ROOT


def test_pages_and_schemas_made_from_the_code_are_current() -> None:
    command = [sys.executable, "-m", "bot", "reference", "--check"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{result.stdout} Run: ./dev bot reference"


def test_env_example_names_every_secret_of_the_shipped_accounts() -> None:
    example = (ROOT / ".env.example").read_text()
    for account in load_settings(ROOT / "config").accounts.values():
        for secret in networks.network(account.network).secrets:
            assert f"{account.env_name(secret)}=" in example


def test_env_example_names_every_variable_the_code_reads() -> None:
    read = {
        name
        for path in (ROOT / "bot").rglob("*.py")
        for name in re.findall(r"environ(?:\.get)?[\[(]\s*\"(\w+)\"", path.read_text())
    }
    example = (ROOT / ".env.example").read_text()
    assert read
    assert [name for name in sorted(read) if name not in example] == []


def test_every_shipped_network_is_found_by_its_name() -> None:
    assert set(networks.names()) >= {"bluesky", "file", "mastodon", "x"}
    for name in networks.names():
        assert networks.network(name).name == name
        assert networks.network(name).default_rules(Account("a", name)).limit > 0


def test_the_public_surface_of_networks_is_what_it_says() -> None:
    assert [name for name in networks.__all__ if not hasattr(networks, name)] == []


def test_no_heavy_package_is_loaded_for_help() -> None:
    code = "import sys, bot.cli; from click.testing import CliRunner; CliRunner().invoke(bot.cli.bot, ['--help']);"
    code += "print([m for m in ('tweepy','atproto','mastodon','sqlalchemy','pydantic','apscheduler','jinja2','starlette','uvicorn','argon2') if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_lock_files_carry_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text()
    pins = re.findall(r"^[A-Za-z0-9._-]+==", text, re.MULTILINE)
    assert len(pins) > 20
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
    assert "index" not in text


def test_the_procfile_starts_commands_that_exist() -> None:
    processes = yaml.safe_load((ROOT / "Procfile").read_text())
    assert processes == {
        "release": "python -m bot migrate",
        "worker": "python -m bot run",
        "web": "python -m bot web",
    }


def test_every_package_that_is_used_is_explained() -> None:
    text = (ROOT / "docs/architecture.md").read_text().casefold()
    pyproject = (ROOT / "pyproject.toml").read_text()
    block = re.search(r"^dependencies = \[(.*?)^\]", pyproject, re.MULTILINE | re.DOTALL)
    assert block
    names = re.findall(r'"([A-Za-z0-9.-]+)', block[1])
    assert [name for name in names if name.casefold() not in text] == []


def test_modules_say_what_they_are_for() -> None:
    silent = [
        str(path)
        for path in Path(ROOT / "bot").rglob("*.py")
        if not path.read_text().lstrip().startswith('"""')
    ]
    assert silent == []
