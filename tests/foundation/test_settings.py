"""Settings: where a value comes from, and what is said about a bad one."""

from pathlib import Path

import pytest

from hongyan.settings import FILE_NAME, Settings, SettingsError, load


def test_the_environment_beats_the_file_beats_the_default(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('port = 9000\nhost = "0.0.0.0"\n[limits]\nconnections_max = 7\n')
    loaded = load({"HONGYAN_PORT": "9001", "HONGYAN_DATA_DIR": str(tmp_path), "LANG": "C"})
    assert (loaded.settings.port, loaded.settings.host, loaded.settings.limits.connections_max) == (9001, "0.0.0.0", 7)
    sources = {line.name: line.source for line in loaded.lines}
    assert sources["port"] == "HONGYAN_PORT"
    assert sources["host"] == sources["limits.connections_max"] == str(tmp_path / FILE_NAME)
    assert sources["domain"] == ""


def test_a_section_can_come_from_the_environment(tmp_path: Path) -> None:
    assert load({"HONGYAN_LIMITS__CONNECTIONS_MAX": "5"}, data_dir=tmp_path).settings.limits.connections_max == 5


def test_every_setting_is_documented_in_three_languages(tmp_path: Path) -> None:
    lines = load({}, data_dir=tmp_path).lines
    assert len(lines) > 8
    for line in lines:
        assert line.text.zh_hans and line.text.zh_hant and line.text.en, line.name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"HONGYAN_PORT": "70000"}, "Setting port cannot be '70000'. It must be a whole number from 0 to 65535."),
        ({"HONGYAN_PORT": "many"}, "Setting port cannot be 'many'. It must be a whole number from 0 to 65535."),
        ({"HONGYAN_PROT": "1"}, "There is no setting prot (HONGYAN_PROT). Did you mean port?"),
        ({"HONGYAN_LOG_FORMAT": "xml"}, "Setting log_format cannot be 'xml'. It may be one of: console, json."),
        ({"HONGYAN_TLS_CERT_FILE": "a.pem"}, "Set both tls_cert_file and tls_key_file, or neither."),
        ({"HONGYAN_DATABASE": "mysql://x"}, "Setting database cannot be 'mysql://x'."),
        ({"HONGYAN_DOMAIN": "Not A Domain"}, "Setting domain cannot be 'Not A Domain'."),
        ({"HONGYAN_PUBLIC_URL": "ftp://x"}, "Setting public_url cannot be 'ftp://x'."),
        ({"HONGYAN_LIMITS__CONNECTIONS": "1"}, "There is no setting limits.connections"),
    ],
)
def test_a_bad_value_is_told_clearly(tmp_path: Path, given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(given, data_dir=tmp_path)
    assert refused.value.text.en.startswith(said)
    assert refused.value.text.zh_hans != refused.value.text.en


@pytest.mark.parametrize(
    "text", ["port = 'x'", "port =", "data_dir = '/elsewhere'", "[limits]\nmore = 1", "port = \xff"]
)
def test_a_bad_file_is_told_clearly(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError):
        load({}, data_dir=tmp_path)


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (Settings(), "http://localhost:8420"),
        (Settings(domain="chat.example", port=80), "http://chat.example"),
        (
            Settings(domain="chat.example", port=443, tls_cert_file=Path("c"), tls_key_file=Path("k")),
            "https://chat.example",
        ),
        (Settings(public_url="https://chat.example"), "https://chat.example"),
        (Settings(host="192.168.1.5"), "http://192.168.1.5:8420"),
    ],
)
def test_the_address_people_open(settings: Settings, url: str) -> None:
    assert settings.url == url
