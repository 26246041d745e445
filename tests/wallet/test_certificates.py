"""Certificates of shops' programs and of the server [SH11]."""

import asyncio
import base64
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs
from tests.accounts.world import Member
from tests.wallet.stage import Stage, new_act

from hongyan.foundation.db import Tx
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.shops import csr
from hongyan.wallet.shops.certificates import ACTION, Certificates
from hongyan.wallet.shops.model import (
    CERTIFICATE_LIFETIME_MS,
    CERTIFICATES_KEPT_MAX,
    CERTIFICATES_MAX,
    ENDED_KEPT_MS,
    PLATFORM_KEY_FILE,
    ShopCertificate,
)
from hongyan.wallet.shops.platform import PlatformKeyUnusable, platform_in, shown_serial

# As WeChat Pay v3 documents what is signed: method, path with query, time, nonce and body, each with a line feed.
REQUEST = (
    "POST\n/v3/pay/transactions/native\n1718000000\n593BEC0C930BF1AFEB40B4A08C8FB242\n"
    '{"mchid":"1900007291","out_trade_no":"1","description":"牛肉面","amount":{"total":1800}}\n'
).encode()


def openssl(*words: str, given: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *words], input=given, capture_output=True, check=True).stdout


needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")


@dataclass
class Program:
    """A shop's program with a key of its own."""

    key: rsa.RSAPrivateKey
    request: str

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, PKCS1v15(), SHA256())

    @property
    def secret(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def request_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody else")])
    hashed = None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256()
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashed)
    return made.public_bytes(Encoding.PEM).decode()


def program(bits: int = 2_048, *, exponent: int = 65_537) -> Program:
    key = rsa.generate_private_key(exponent, bits)
    return Program(key, request_of(key))


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    """Six, as making a key takes time."""
    return [program() for _ in range(CERTIFICATES_MAX + 1)]


@pytest.fixture
async def shop(stage: Stage) -> bytes:
    """grandma's, at which mei works; bo has one of his own."""
    id = new_act()
    assert await stage.wallet.shops.open(stage.grandma.id, id, "外婆面馆") is None
    assert await stage.wallet.shops.hire(stage.grandma.id, id, stage.mei.id) is None
    return id


async def enrol(stage: Stage, shop: bytes, request: str, who: Member | None = None) -> ShopCertificate | Refused:
    id, by = new_act(), who or stage.grandma
    approval = await stage.approved(by, ACTION, id, 0, f"shop:{shop.hex()}")
    return await stage.wallet.certificates.enrol(by.id, shop, id=id, request=request, approval=approval)


async def enrolled(stage: Stage, shop: bytes, request: str, who: Member | None = None) -> str:
    made = await enrol(stage, shop, request, who)
    assert isinstance(made, ShopCertificate), made
    return shown_serial(made.serial)


async def test_a_request_signed_as_wechat_pay_documents_is_known_as_the_shops(
    stage: Stage, shop: bytes, programs: list[Program]
) -> None:
    inner, one = stage.wallet.merchant.certificates, programs[0]
    serial = await enrolled(stage, shop, one.request)
    signature = one.sign(REQUEST)
    assert await inner.shop_of(serial) == shop
    assert await inner.verified(serial, REQUEST, signature) == shop
    assert await inner.verified(serial.lower(), REQUEST, signature) == shop
    assert await inner.verified(serial, REQUEST.replace(b"1800", b"1"), signature) is None
    assert await inner.verified(serial, REQUEST, programs[1].sign(REQUEST)) is None
    for wrong in (b"", b"\0" * 256, signature[:-1], signature + b"\0", b"\xff" * 10_000):
        assert await inner.verified(serial, REQUEST, wrong) is None
    for unknown in ("", serial[:-1], serial + "0", "0" * 40, "鸿" * 40, f" {serial}", f"{serial}\n", "-1"):
        assert await inner.shop_of(unknown) is None
        assert await inner.verified(unknown, REQUEST, signature) is None


@needs_openssl
async def test_what_openssl_makes_and_signs_is_taken_and_it_finds_the_certificate_good(
    stage: Stage, shop: bytes, tmp_path: Path
) -> None:
    key, request = tmp_path / "apiclient_key.pem", tmp_path / "shop.csr"
    asked = ("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(request))
    openssl(*asked, "-subj", "/O=Noodles/CN=somebody else")
    made = await enrol(stage, shop, request.read_text())
    assert isinstance(made, ShopCertificate)
    signature = openssl("dgst", "-sha256", "-sign", str(key), given=REQUEST)
    assert await stage.wallet.certificates.verified(shown_serial(made.serial), REQUEST, signature) == shop
    platform = await stage.wallet.certificates.platform_certificate()
    authority, issued = tmp_path / "platform.pem", tmp_path / "shop.pem"
    authority.write_bytes(platform.public_bytes(Encoding.PEM))
    found = x509.load_der_x509_certificate(made.certificate)
    issued.write_bytes(found.public_bytes(Encoding.PEM))
    for at_ms, is_good in ((0, True), (CERTIFICATE_LIFETIME_MS - 1000, True), (CERTIFICATE_LIFETIME_MS + 1000, False)):
        at_s = str((made.made_at_ms + at_ms) // 1000)
        words = ("verify", "-x509_strict", "-attime", at_s, "-CAfile", str(authority), str(issued))
        done = subprocess.run(["openssl", *words], capture_output=True, check=False)
        assert (done.returncode == 0) is is_good, done
    shown = openssl("x509", "-in", str(issued), "-noout", "-serial", "-subject", "-nameopt", "RFC2253").decode()
    assert shown == f"serial={shown_serial(made.serial)}\nsubject=CN={shop.hex()}\n", "what the request says is ignored"
    assert len(made.serial) == 20 and len(f"{found.serial_number:X}") == 40
    assert found.not_valid_after_utc.timestamp() * 1000 == made.expires_at_ms
    assert openssl("x509", "-in", str(issued), "-noout", "-pubkey") == openssl("pkey", "-in", str(key), "-pubout")


async def test_the_server_signs_with_the_key_of_the_certificate_that_it_shows(stage: Stage, tmp_path: Path) -> None:
    inner = stage.wallet.merchant.certificates
    both = await asyncio.gather(*(inner.sign(REQUEST) for _ in range(2)))
    assert both[0] == both[1], "also when it is asked twice before there is a key"
    serial, signature = both[0]
    certificate = await inner.platform_certificate()
    assert serial == f"{certificate.serial_number:X}" and len(serial) == 40
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey) and key.key_size == 2_048
    key.verify(signature, REQUEST, PKCS1v15(), SHA256())
    certificate.verify_directly_issued_by(certificate)
    file = stage.folder / PLATFORM_KEY_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    again = Certificates(stage.db, stage.clock, folder=stage.folder)
    assert await again.platform_certificate() == certificate
    assert await inner.shop_of(serial) is None, "it is no shop's"


async def test_a_key_file_that_is_none_or_of_another_certificate_is_said_to_be(stage: Stage, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        platform_in(folder, now_ms=stage.clock.now_ms())
    mine, other = ((folder / PLATFORM_KEY_FILE).read_text() for folder in (first, second))
    cut = mine.index("-----BEGIN CERTIFICATE")
    for wrong in ("", "junk", mine[:cut], mine[cut:], mine[:cut] + other[other.index("-----BEGIN CERTIFICATE") :]):
        (first / PLATFORM_KEY_FILE).write_text(wrong)
        with pytest.raises(PlatformKeyUnusable):
            await Certificates(stage.db, stage.clock, folder=first).sign(b"")


async def test_a_server_with_another_key_says_so_in_its_log(stage: Stage, tmp_path: Path) -> None:
    for folder, told in (("one", []), ("one", []), ("two", ["platform_key_differs"]), ("two", [])):
        with capture_logs() as logs:
            await Certificates(stage.db, stage.clock, folder=tmp_path / folder).sign(b"")
        assert [one["event"] for one in logs] == told, folder


async def test_only_the_owner_has_certificates_made_sees_and_ends_them(
    stage: Stage, shop: bytes, programs: list[Program]
) -> None:
    serial = await enrolled(stage, shop, programs[0].request)
    for who in (stage.mei, stage.bo, stage.lan):
        assert await enrol(stage, shop, programs[1].request, who) == Refused(Refusal.NOT_YOURS)
        assert await stage.wallet.certificates.list(who.id, shop) == Refused(Refusal.NOT_YOURS)
        assert await stage.wallet.certificates.revoke(who.id, shop, serial) == Refused(Refusal.NOT_YOURS)
    assert await stage.wallet.certificates.list(stage.grandma.id, new_act()) == Refused(Refusal.SHOP_UNKNOWN)
    assert await stage.wallet.certificates.shop_of(serial) == shop


async def test_the_owner_confirms_each_new_certificate_for_this_shop(
    stage: Stage, shop: bytes, programs: list[Program]
) -> None:
    id, payee = new_act(), f"shop:{shop.hex()}"
    others = [
        await stage.approved(stage.grandma, "pay_small", id, 0, payee),
        await stage.approved(stage.grandma, ACTION, id, 0, f"shop:{new_act().hex()}"),
        await stage.approved(stage.mei, ACTION, id, 0, payee),
        "x" * 43,
    ]
    for approval in others:
        refused = await stage.wallet.certificates.enrol(
            stage.grandma.id, shop, id=id, request=programs[0].request, approval=approval
        )
        assert refused == Refused(Refusal.APPROVAL_UNKNOWN)
    assert await stage.wallet.certificates.list(stage.grandma.id, shop) == []


async def test_a_certificate_of_one_shop_says_nothing_for_another(
    stage: Stage, shop: bytes, programs: list[Program]
) -> None:
    other = new_act()
    assert await stage.wallet.shops.open(stage.bo.id, other, "阿博书店") is None
    serial = await enrolled(stage, shop, programs[0].request)
    others = await enrolled(stage, other, programs[1].request, stage.bo)
    inner, signature = stage.wallet.certificates, programs[0].sign(REQUEST)
    assert await inner.verified(others, REQUEST, signature) is None
    assert await inner.revoke(stage.bo.id, other, serial) == Refused(Refusal.ACT_UNKNOWN)
    assert await inner.verified(serial, REQUEST, signature) == shop
    assert await inner.shop_of(await enrolled(stage, other, programs[0].request, stage.bo)) == other


async def test_a_revoked_one_ends_at_once_and_its_key_does_not_come_back(
    stage: Stage, shop: bytes, programs: list[Program]
) -> None:
    inner, one = stage.wallet.certificates, programs[0]
    serial, signature = await enrolled(stage, shop, one.request), one.sign(REQUEST)
    second = Certificates(stage.db, stage.clock, folder=stage.folder)
    assert await second.verified(serial, REQUEST, signature) == shop
    assert await inner.revoke(stage.grandma.id, shop, serial) is None
    stage.clock.advance(60)
    assert await inner.revoke(stage.grandma.id, shop, serial) is None
    assert await inner.shop_of(serial) is None
    assert await second.verified(serial, REQUEST, signature) is None, "another process knows it, too"
    [kept] = await _listed(stage, shop)
    assert kept.ended_at_ms == stage.clock.now_ms() - 60_000, "a repeat changes nothing"
    for wrong in ("0" * 40, "x", ""):
        assert await inner.revoke(stage.grandma.id, shop, wrong) == Refused(Refusal.ACT_UNKNOWN)
    assert await enrol(stage, shop, one.request) == Refused(Refusal.CSR_UNUSABLE)
    stage.clock.advance(ENDED_KEPT_MS / 1000 - 60)
    await inner.erase_old()
    assert len(await _listed(stage, shop)) == 1
    stage.clock.advance(1)
    await inner.erase_old()
    assert await _listed(stage, shop) == []


async def test_one_is_good_for_five_years_to_the_second(stage: Stage, shop: bytes, programs: list[Program]) -> None:
    inner, one = stage.wallet.certificates, programs[0]
    made = await enrol(stage, shop, one.request)
    assert isinstance(made, ShopCertificate)
    serial, signature = shown_serial(made.serial), one.sign(REQUEST)
    stage.clock.advance((made.expires_at_ms - stage.clock.now_ms()) / 1000 - 1)
    assert await inner.verified(serial, REQUEST, signature) == shop
    stage.clock.advance(1)
    assert await inner.verified(serial, REQUEST, signature) is None and await inner.shop_of(serial) is None
    await inner.erase_old()
    assert [one.serial for one in await _listed(stage, shop)] == [made.serial]
    anew = await enrolled(stage, shop, one.request)
    assert anew != serial and await inner.verified(anew, REQUEST, signature) == shop, "the key may go on"


async def test_a_shop_that_is_closed_has_no_program(stage: Stage, shop: bytes, programs: list[Program]) -> None:
    inner = stage.wallet.certificates
    serial, signature = await enrolled(stage, shop, programs[0].request), programs[0].sign(REQUEST)
    assert await stage.wallet.shops.close(stage.grandma.id, shop) is None
    assert await inner.verified(serial, REQUEST, signature) is None and await inner.shop_of(serial) is None
    assert await enrol(stage, shop, programs[1].request) == Refused(Refusal.SHOP_UNKNOWN)
    ended = await stage.db.read(lambda tx: tx.one("SELECT ended_at_ms FROM shop_certificate"))
    assert ended is not None and ended[0] == stage.clock.now_ms()


async def test_who_leaves_ends_her_shops_programs(stage: Stage, shop: bytes, programs: list[Program]) -> None:
    serial = await enrolled(stage, shop, programs[0].request)
    await stage.db.write(lambda tx: stage.wallet.shops.leave(tx, stage.grandma.id))
    assert await stage.wallet.certificates.verified(serial, REQUEST, programs[0].sign(REQUEST)) is None


async def test_a_repeat_is_the_same_certificate_and_five_are_valid_at_most(
    stage: Stage, shop: bytes, programs: list[Program]
) -> None:
    serials = [await enrolled(stage, shop, one.request) for one in programs[:CERTIFICATES_MAX]]
    assert len(set(serials)) == CERTIFICATES_MAX
    assert [await enrolled(stage, shop, one.request) for one in programs[:CERTIFICATES_MAX]] == serials
    assert await enrol(stage, shop, programs[-1].request) == Refused(Refusal.TOO_MANY)
    assert await stage.wallet.certificates.revoke(stage.grandma.id, shop, serials[0]) is None
    await enrolled(stage, shop, programs[-1].request)


async def test_what_has_ended_does_not_grow_without_end(stage: Stage, shop: bytes, programs: list[Program]) -> None:
    await enrolled(stage, shop, programs[0].request)
    copied = (
        "INSERT INTO shop_certificate (serial, shop_id, key_hash, certificate, made_at_ms, expires_at_ms, ended_at_ms) "
        "SELECT ?, shop_id, ?, certificate, made_at_ms, expires_at_ms, 1 FROM shop_certificate WHERE ended_at_ms = 0"
    )

    def copy(tx: Tx) -> None:
        for n in range(1, CERTIFICATES_KEPT_MAX):
            tx.execute(copied, (n.to_bytes(20, "big"), n.to_bytes(32, "big")))

    await stage.db.write(copy)
    assert await enrol(stage, shop, programs[1].request) == Refused(Refusal.TOO_MANY)


async def _listed(stage: Stage, shop: bytes) -> list[ShopCertificate]:
    found = await stage.wallet.certificates.list(stage.grandma.id, shop)
    assert not isinstance(found, Refused)
    return found


async def test_what_is_no_request_is_refused(stage: Stage, shop: bytes, programs: list[Program]) -> None:
    inner = stage.wallet.certificates
    for junk in ("", "x" * 1_000_000, "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"):
        done = await inner.enrol(stage.grandma.id, shop, id=new_act(), request=junk, approval="x" * 43)
        assert done == Refused(Refusal.CSR_UNUSABLE)


def test_a_request_is_of_an_rsa_key_of_2048_to_4096_bits_and_signed_by_it(programs: list[Program]) -> None:
    good = programs[0].request
    assert csr.key_of(good) is not None and csr.key_of(good.replace("\n", "\r\n")) is not None
    assert csr.key_of(f"Certificate Request:\n    Data: …\n{good}") is not None, "as openssl req -text writes it"
    assert csr.key_of(program(4_096).request) is not None
    weak = {
        "1024 bits": program(1_024).request,
        "4104 bits": program(4_104).request,
        "exponent 3": program(exponent=3).request,
        "elliptic": request_of(ec.generate_private_key(ec.SECP256R1())),
        "Ed25519": request_of(ed25519.Ed25519PrivateKey.generate()),
        "nothing of the kind": "你好",
        "too long": good + " " * 10_000,
        "with its private key": good + programs[0].secret.decode(),
        "only the private key": programs[0].secret.decode(),
    }
    for why, text in weak.items():
        assert csr.key_of(text) is None, why


def test_a_request_that_another_key_signed_is_refused(programs: list[Program]) -> None:
    """The one key's request with the other's signature."""
    mine, other = (x509.load_pem_x509_csr(one.request.encode()) for one in programs[:2])
    der = mine.public_bytes(Encoding.DER)
    assert der.endswith(mine.signature) and len(mine.signature) == len(other.signature)
    assert csr.key_of(armoured(der)) is not None
    assert csr.key_of(armoured(der.removesuffix(mine.signature) + other.signature)) is None


def test_a_request_of_which_any_bit_is_changed_is_refused(programs: list[Program]) -> None:
    request = x509.load_pem_x509_csr(programs[0].request.encode())
    der = bytearray(request.public_bytes(Encoding.DER))
    for at in range(0, len(der), 3):
        der[at] ^= 1 << at % 8
        assert csr.key_of(armoured(bytes(der))) is None, at
        der[at] ^= 1 << at % 8


def armoured(der: bytes) -> str:
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{text}-----END CERTIFICATE REQUEST-----\n"
