"""Every parser of what strangers send, under random and mutated input: an answer or its own error, nothing else.

FUZZ_EXAMPLES=n tries n inputs for each (times twenty); FUZZ_RANDOM=1 takes other inputs in each run.
"""

from __future__ import annotations

import base64
import json
import os
import unicodedata
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.crash.mls import APPLICATION, COMMIT, external_commit, private_message, vector

from hongyan.accounts import rules as names
from hongyan.accounts.passkeys import RelyingParty, challenge_of, credential_id_of
from hongyan.delivery.api import group_id_of_path
from hongyan.delivery.frames import decode_client_frame, decode_server_frame, encode_frame
from hongyan.delivery.rules import Content, read_header, read_vector
from hongyan.foundation.ids import token_hash
from hongyan.foundation.language import Language, language_of_header, language_of_tag
from hongyan.foundation.problems import Problem
from hongyan.settings import Settings, SettingsError, load

TIMES = 20 * int(os.environ.get("FUZZ_EXAMPLES", "25"))
settings.register_profile(
    "parsers",
    max_examples=TIMES,
    derandomize=os.environ.get("FUZZ_RANDOM") != "1",
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("parsers")

GOLDEN = Path(__file__).parents[2] / "protocol" / "golden" / "frames.json"


def strings_of(tree: object) -> list[str]:
    if isinstance(tree, str):
        return [tree]
    if isinstance(tree, dict):
        return [found for inner in tree.values() for found in strings_of(inner)]
    return [found for inner in tree for found in strings_of(inner)] if isinstance(tree, list) else []


def golden_frames() -> list[bytes]:
    """Everything in the golden file that is the wire form of a frame."""
    found = []
    for text in strings_of(json.loads(GOLDEN.read_text())):
        try:
            found.append(bytes.fromhex(text))
        except ValueError:
            continue
    assert len(found) > 5
    return found


@st.composite
def mutated(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    """One of `originals` with a few bytes changed, cut out, doubled or cut off."""
    content = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 4))):
        if not content:
            break
        at = draw(st.integers(0, len(content) - 1))
        end = draw(st.integers(at, min(len(content), at + 8)))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            content[at] = draw(st.integers(0, 255))
        elif kind == 1:
            del content[at:end]
        elif kind == 2:
            content[at:at] = content[at:end]
        else:
            del content[at:]
    return bytes(content)


# MessagePack that is well-formed and means nothing: [tag, anything…].
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
framelike = st.builds(
    lambda tag, rest: msgspec.msgpack.encode([tag, *rest]), st.integers(-1, 8), st.lists(anything, max_size=8)
)
frames = st.one_of(st.binary(max_size=300), mutated(golden_frames()), framelike)


@given(frames)
@example(b"\x91" * 100_000)
@example(b"\x94\x01\x01\xa1\xff\x00")  # a token that is not UTF-8 raised another error than expected
@example(b"\xdd\xff\xff\xff\xff")
@example(b"\xc6\xff\xff\xff\xff")
def test_frames(wire: bytes) -> None:
    """[RT1] A frame that decodes encodes to a frame that is equal."""
    for decode in (decode_client_frame, decode_server_frame):
        try:
            frame = decode(wire)
        except msgspec.DecodeError:
            continue
        assert decode(encode_frame(frame)) == frame


MESSAGES = [
    private_message(b"g" * 16, 7, APPLICATION, b"x" * 40),
    private_message(b"g" * 70, 2**64 - 1, COMMIT, b"x"),
    external_commit(b"g" * 16, 3, b"rest"),
    b"\0\1\0\1" + vector(b"g") + bytes(8) + b"\1\0\0\0\7" + vector(b"aad") + b"\3rest",
]


@given(st.binary(max_size=200) | mutated(MESSAGES))
@example(b"\0\1\0\2\xbf\xff\xff\xff")
@example(b"\0\1\0\1")
def test_mls_headers(message: bytes) -> None:
    """[DS1] What is read is really there."""
    header = read_header(message)
    if header is not None:
        assert header.content in Content
        assert 0 <= header.epoch < 2**64
        assert vector(header.group_id) in message
        assert read_header(message + b"more") == header


@given(st.binary(max_size=100), st.integers(0, 120))
def test_vectors(message: bytes, at: int) -> None:
    content, end = read_vector(message, at)
    assert content is None or (end <= len(message) and message[end - len(content) : end] == content)


@given(st.text(max_size=200) | st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
@example("=" * 10)
@example("é")
def test_group_ids_in_paths(text: str) -> None:
    try:
        assert 1 <= len(group_id_of_path(text)) <= 32
    except Problem as problem:
        assert problem.code == "not_found"


@given(st.text(max_size=64))
@example("\ud800")
def test_tokens(text: str) -> None:
    try:
        assert len(token_hash(text)) == 32
    except UnicodeEncodeError:
        assert any("\ud800" <= character <= "\udfff" for character in text), "JSON and headers cannot carry these"


@given(st.text(max_size=140))
@example("İ" * 32)
@example("\u0345")
@example("ﷺ" * 32)
def test_names(typed: str) -> None:
    """[ID1] A name is stable: what is accepted is accepted again, unchanged, and folds to one spelling."""
    name = names.canonical_name(typed)
    if name is None:
        return
    assert 1 <= len(name) <= 32
    assert names.canonical_name(name) == name
    assert unicodedata.normalize("NFKC", name) == name
    assert names.fold(name) == names.fold(names.fold(name)) == names.fold(typed)


@given(st.text(max_size=600))
@example("zh;q=nan")
@example("en;q=inf,zh-TW;q=1e999")
@example("," * 600)
def test_languages(text: str) -> None:
    assert language_of_header(text) in Language
    assert language_of_tag(text) in (None, *Language)


ENCODED = st.binary(max_size=200).map(lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode())
CLIENT_DATA = anything.map(lambda tree: base64.urlsafe_b64encode(json.dumps(tree, default=repr).encode()).decode())


@given(ENCODED | CLIENT_DATA | st.text(max_size=100))
@example(base64.urlsafe_b64encode(b"[" * 100_000).decode())
@example(base64.urlsafe_b64encode(b'{"challenge": 1}').decode())
@example(base64.urlsafe_b64encode(b"\xff").decode())
def test_passkey_client_data(text: str) -> None:
    assert isinstance(challenge_of(text), bytes | None)
    assert isinstance(credential_id_of(text), bytes | None)


@given(ENCODED, ENCODED | CLIENT_DATA, ENCODED)
def test_passkey_answers(raw_id: str, client_data: str, attestation: str) -> None:
    """A wrong answer registers nothing, whatever the CBOR inside of it."""
    credential = {
        "id": raw_id,
        "rawId": raw_id,
        "type": "public-key",
        "response": {"clientDataJSON": client_data, "attestationObject": attestation},
    }
    party = RelyingParty("https://chat.example.org")
    assert party.registered(json.dumps(credential), b"challenge") is None


KNOWN_SETTINGS = [field.name for field in msgspec.structs.fields(Settings)]
toml_value: st.SearchStrategy[Any] = st.one_of(
    st.integers(-(2**64), 2**64).map(str),
    st.floats(allow_nan=True).map(str),
    st.text(max_size=30).map(json.dumps),
    st.sampled_from(["true", "[]", "{}", "[[1]]", "1979-05-27", "'a'", '"""', "nan"]),
)


@given(
    st.text(max_size=120)
    | st.lists(st.tuples(st.sampled_from([*KNOWN_SETTINGS, "nothing"]), toml_value), max_size=5).map(
        lambda pairs: "\n".join(f"{name} = {value}" for name, value in pairs)
    )
)
@example("[limits]\nconnections_max = 0")
@example("limits = 3")
@example("[port]\nx = 1")
def test_settings_files(text: str) -> None:
    folder = Path(os.environ["FUZZ_FOLDER"])
    try:
        (folder / "hongyan.toml").write_text(text, encoding="utf-8")
    except UnicodeEncodeError:
        return
    try:
        assert isinstance(load({}, data_dir=folder).settings, Settings)
    except SettingsError as error:
        assert error.text.zh_hans and error.text.zh_hant and error.text.en


@given(
    st.dictionaries(
        st.sampled_from([f"HONGYAN_{name.upper()}" for name in KNOWN_SETTINGS] + ["HONGYAN_LIMITS__CONNECTIONS_MAX"]),
        st.text(max_size=30),
        max_size=4,
    )
)
def test_settings_from_the_environment(environment: dict[str, str]) -> None:
    try:
        assert isinstance(load(environment).settings, Settings)
    except SettingsError as error:
        assert error.text.en


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["FUZZ_FOLDER"] = str(tmp_path_factory.mktemp("settings"))
