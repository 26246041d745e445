"""What deploy/ says of the server is true of it."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from hongyan import app, cli
from hongyan.foundation.metrics import watch_disk
from hongyan.safekeeping import watch_backups
from hongyan.safekeeping.record import Record, remember
from hongyan.settings import load

DEPLOY = Path(__file__).parents[2] / "deploy"
METRIC = re.compile(r"\bhongyan_[a-z_]+")
assert app.PACKAGES  # Imported for its features' metrics.


@pytest.mark.parametrize("name", ["grafana.json", "alerts.yml"])
def test_every_metric_that_is_watched_exists(name: str) -> None:
    exposed = set(METRIC.findall(generate_latest().decode()))
    watched = set(METRIC.findall((DEPLOY / name).read_text(encoding="utf-8")))
    assert len(watched) >= 4
    # A counter's or histogram's samples appear once they were counted with a label; its name is declared always.
    missing = {m for m in watched if m not in exposed and re.sub(r"_(total|bucket)$", "", m) not in exposed}
    assert not missing


def test_the_dashboard_draws_each_panel_once() -> None:
    panels = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels) == len({panel["id"] for panel in panels})


def test_metrics_tell_of_the_disk_and_of_backups(tmp_path: Path) -> None:
    watch_disk(tmp_path)
    watch_backups(tmp_path)
    assert "hongyan_backup_at_seconds 0.0" in generate_latest().decode()
    remember(tmp_path, Record("/mnt/backup", "x", 1_767_225_600_000))
    told = generate_latest().decode()
    assert "hongyan_backup_at_seconds 1.7672256e+09" in told
    free = re.search(r"^hongyan_disk_free_bytes (\S+)", told, re.M)
    assert free and float(free[1]) > 0
    assert "/mnt/backup" not in told


@pytest.mark.parametrize("name", ["hongyan.service", "hongyan-backup.service", "Containerfile"])
def test_what_is_started_and_set_exists(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    commands = set(re.findall(r"hongyan\"?,? \"?(serve|backup|alive|doctor)", text))
    assert commands and all(hasattr(cli, command) for command in commands)
    settings = dict(re.findall(r"\b(HONGYAN_[A-Z_]+)=(\S+)", text))
    assert load(settings).settings.data_dir.is_absolute()


def test_systemd_understands_the_units() -> None:
    try:
        for name in ("hongyan.service", "hongyan-backup.service"):
            command = ["systemd-analyze", "security", "--offline=true", "--threshold=30", str(DEPLOY / name)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stdout + done.stderr
            assert "Unknown" not in done.stderr and "Failed to parse" not in done.stderr, done.stderr
    except FileNotFoundError:
        pytest.skip("systemd is not installed here: its units were not looked at")


def test_the_settings_of_three_nodes_exist(tmp_path: Path) -> None:
    text = (DEPLOY / "three-nodes/hongyan.toml").read_text(encoding="utf-8")
    filled = re.sub(r"\{\{public_url\}\}", "https://chat.example.org", text)
    (tmp_path / "hongyan.toml").write_text(re.sub(r"\{\{\w+\}\}", "node.example.org", filled))
    settings = load({}, data_dir=tmp_path).settings
    assert settings.bus.count("nats://") == 3
    assert settings.database_url.count(":5432") == 2
    assert settings.blobs
