"""What each check says of what it sees: tables, without a server."""

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hongyan.doctor import Finding, Verdict, as_json, as_lines, backups, clock, database, disk, network, tls, worst_of
from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db.health import Health
from hongyan.foundation.language import Language, Text
from hongyan.safekeeping import Record

NOW = datetime.datetime.fromtimestamp(ManualClock().now_ms() / 1000, datetime.UTC)
MOUNTS = """22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
30 27 0:25 / /mnt/a\\040disk rw - xfs /dev/vdb rw,nobarrier
31 27 0:26 / /mnt/a\\040disk/mem rw - tmpfs tmpfs rw
32 27 0:27 / /mnt/nas rw - nfs4 nas:/x rw,vers=4.2
"""


@pytest.mark.parametrize(
    ("folder", "kind", "verdict"),
    [
        ("/srv/hongyan", "ext4", None),
        ("/mnt/a disk/x", "xfs", Verdict.BROKEN),
        ("/mnt/a disk/mem/x", "tmpfs", Verdict.BROKEN),
        ("/mnt/nas", "nfs4", Verdict.BROKEN),
    ],
)
def test_disks_on_which_nothing_may_be_kept(folder: str, kind: str, verdict: Verdict | None) -> None:
    mount = disk.mount_of(Path(folder), MOUNTS)
    assert mount is not None and mount.kind == kind
    found = disk.look_at_kind(mount)
    assert (found.verdict if found else None) is verdict


@pytest.mark.parametrize(
    ("seconds", "preloaded", "verdict"),
    [
        (0.0004, "", Verdict.GOOD),
        (0.0004, "/usr/lib/libeatmydata.so", Verdict.BROKEN),
        (0.000_001, "", Verdict.BROKEN),
        (0.08, "", Verdict.WARNING),
    ],
)
def test_a_disk_that_lies_or_is_slow(seconds: float, preloaded: str, verdict: Verdict) -> None:
    assert disk.judge_fsyncs([seconds] * 9, preloaded=preloaded).verdict is verdict


@pytest.mark.parametrize(
    ("ahead_s", "is_set", "verdict"),
    [
        (0, True, Verdict.GOOD),
        (0, False, Verdict.WARNING),
        (0, None, Verdict.UNKNOWN),
        (3_600, True, Verdict.GOOD),
        (30 * 86_400, True, Verdict.BROKEN),
    ],
)
def test_a_clock_behind_what_is_stored(ahead_s: int, is_set: bool | None, verdict: Verdict) -> None:
    now = ManualClock()
    assert clock.look(now, latest_ms=now.now_ms() + ahead_s * 1000, is_set=is_set).verdict is verdict


def certificate(*, days: int, names: list[x509.GeneralName]) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chat.example.org")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - datetime.timedelta(days=90))
        .not_valid_after(NOW + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )


@pytest.mark.parametrize(
    ("days", "name", "host", "verdict"),
    [
        (60, "chat.example.org", "chat.example.org", Verdict.GOOD),
        (60, "*.example.org", "chat.example.org", Verdict.GOOD),
        (60, "*.example.org", "a.chat.example.org", Verdict.BROKEN),
        (60, "example.org", "chat.example.org", Verdict.BROKEN),
        (5, "chat.example.org", "chat.example.org", Verdict.WARNING),
        (-1, "chat.example.org", "chat.example.org", Verdict.BROKEN),
    ],
)
def test_certificates(days: int, name: str, host: str, verdict: Verdict) -> None:
    assert tls.judge(certificate(days=days, names=[x509.DNSName(name)]), host, ManualClock()).verdict is verdict


@pytest.mark.parametrize(
    ("health", "verdict"),
    [
        (None, Verdict.UNKNOWN),
        (Health("SQLite", (), (), 1, 0, False), Verdict.GOOD),
        (Health("SQLite", ("row missing",), (), 1, 0, False), Verdict.BROKEN),
        (Health("SQLite", (), (), 1, 0, True), Verdict.BROKEN),
        (Health("PostgreSQL", (), ("fsync",), 1, 0, False), Verdict.BROKEN),
        (Health("SQLite", (), (), 1, 0, False, half_moved=True), Verdict.BROKEN),
        (Health("SQLite", (), (), 1, 2, False), Verdict.UNKNOWN),
    ],
)
def test_databases(health: Health | None, verdict: Verdict) -> None:
    assert database.judge(health).verdict is verdict


@pytest.mark.parametrize(("days", "verdict"), [(1, Verdict.WARNING), (3, Verdict.WARNING), (8, Verdict.BROKEN)])
def test_old_and_lost_backups(tmp_path: Path, days: int, verdict: Verdict) -> None:
    now = ManualClock()
    record = Record(str(tmp_path), "2025-12-31", now.now_ms() - days * 86_400_000)
    assert backups.look(record, now).verdict is verdict
    assert backups.look(None, now).verdict is Verdict.WARNING


def test_a_version_that_was_not_started_anew() -> None:
    from hongyan.doctor.asking import Facts

    assert network.look_at_version("1.1.0", Facts("a", "1.0.0", 0)).verdict is Verdict.WARNING
    assert network.look_at_version("1.1.0", Facts("a", "1.1.0", 0)).verdict is Verdict.GOOD


def test_the_worst_decides_the_exit_code() -> None:
    text = Text("简", "繁", "en")
    found = [Finding("a", verdict, text, text) for verdict in Verdict]
    assert [worst_of(found[:n]).exit_code for n in range(5)] == [0, 0, 0, 1, 2]
    lines = list(as_lines(found, Language.ZH_HANT))
    assert "✗ 繁" in lines and "    → 繁" in lines and lines[-1].startswith("有故障")
    assert '"worst": "broken"' in as_json(found, Language.EN)
