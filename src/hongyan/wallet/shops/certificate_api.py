"""HTTP of certificates."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hongyan.foundation.http import Access, Caller
from hongyan.wallet.refusals import allowed
from hongyan.wallet.shops import wire
from hongyan.wallet.shops.certificates import Certificates
from hongyan.wallet.shops.model import ShopCertificate
from hongyan.wallet.shops.platform import serial_of, shown_serial
from hongyan.wallet.wire import act_id, act_in_path

TheCertificates = NamedDependency[Certificates]
TheCaller = NamedDependency[Caller]

_DEVICE = {"access": Access.DEVICE}


@get("/wallet/shops/{shop_id:str}/certificates", opt=_DEVICE)
async def certificates_of(
    caller: TheCaller, shop_id: FromPath[str], certificates: TheCertificates
) -> wire.CertificatesAnswer:
    """The certificates of the caller's shop, newest first."""
    found = allowed(await certificates.list(caller.account_id, act_in_path(shop_id)))
    return wire.CertificatesAnswer(certificates=[_shown(one) for one in found])


@post("/wallet/shops/{shop_id:str}/certificates", opt=_DEVICE, status_code=200)
async def enrol(
    caller: TheCaller, shop_id: FromPath[str], data: JSONBody[wire.CertificateBody], certificates: TheCertificates
) -> wire.CertificateAnswer:
    """Have a certificate made for the key of the shop's program."""
    outcome = await certificates.enrol(
        caller.account_id, act_in_path(shop_id), id=act_id(data.id), request=data.csr, approval=data.approval
    )
    return _shown(allowed(outcome))


@delete("/wallet/shops/{shop_id:str}/certificates/{serial:str}", opt=_DEVICE)
async def revoke(
    caller: TheCaller, shop_id: FromPath[str], serial: FromPath[str], certificates: TheCertificates
) -> None:
    """Know a program by this certificate no more."""
    allowed(await certificates.revoke(caller.account_id, act_in_path(shop_id), serial))


@get("/wallet/platform-certificate", opt=_DEVICE)
async def platform_certificate(certificates: TheCertificates) -> wire.PlatformAnswer:
    """By what a shop's program knows the answers and notices of this server."""
    found = await certificates.platform_certificate()
    return wire.PlatformAnswer(
        serial=shown_serial(serial_of(found)), certificate=_pem(found), expires_at_ms=_ms(found.not_valid_after_utc)
    )


HANDLERS = (certificates_of, enrol, revoke, platform_certificate)


def _shown(one: ShopCertificate) -> wire.CertificateAnswer:
    return wire.CertificateAnswer(
        serial=shown_serial(one.serial),
        certificate=_pem(x509.load_der_x509_certificate(one.certificate)),
        made_at_ms=one.made_at_ms,
        expires_at_ms=one.expires_at_ms,
        revoked_at_ms=one.ended_at_ms or None,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _ms(at: datetime) -> int:
    return int(at.timestamp()) * 1000
