"""The certificate that telephones are shown: is it there, is it the key's, does it name us, how long will it last?"""

import contextlib
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from hongyan.doctor.model import ASK_TIMEOUT_S, CERTIFICATE_DAYS_MIN, Finding, broken, good, unknown, warning
from hongyan.foundation.clock import Clock
from hongyan.foundation.language import Text
from hongyan.foundation.starting import CannotStart, explained
from hongyan.settings import Settings

CHECK = "certificate"
_DAY_S = 86_400

_RENEW = Text(
    "请更新证书；反向代理（如 Caddy）通常会自动更新，请看它的日志。换好后重新启动服务器。",
    "請更新憑證；反向代理（如 Caddy）通常會自動更新，請看它的日誌。換好後重新啟動伺服器。",
    "Renew it. A reverse proxy such as Caddy does so by itself: read its log. Then restart the server.",
)


def look(settings: Settings, clock: Clock) -> list[Finding]:
    """What the files hold, if the server has any; else what the public address shows."""
    host = urlsplit(settings.url).hostname or ""
    if settings.tls_cert_file and settings.tls_key_file:
        return _look_at_files(settings.tls_cert_file, settings.tls_key_file, host, clock)
    if not settings.url.startswith("https://"):
        return []
    return [_look_at_proxy(host, urlsplit(settings.url).port or 443, clock)]


def _look_at_files(cert_file: Path, key_file: Path, host: str, clock: Clock) -> list[Finding]:
    try:
        with explained(str(cert_file)):
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert_file, key_file)
            certificate = x509.load_pem_x509_certificates(cert_file.read_bytes())[0]
            is_open = key_file.stat().st_mode & 0o007
    except (CannotStart, ValueError, IndexError) as error:
        shown = error.text if isinstance(error, CannotStart) else _unreadable(cert_file)
        advice = Text(
            "请检查 tls_cert_file 和 tls_key_file，并确认运行服务器的用户能读它们。",
            "請檢查 tls_cert_file 和 tls_key_file，並確認執行伺服器的使用者能讀它們。",
            "Check tls_cert_file and tls_key_file, and that the user who runs the server may read them.",
        )
        return [broken(CHECK, shown, advice)]
    found = [judge(certificate, host, clock)]
    if is_open:
        found.append(
            warning(
                "certificate_key",
                Text(
                    f"这台机器上的任何用户都能读私钥 {key_file}。",
                    f"這台機器上的任何使用者都能讀私鑰 {key_file}。",
                    f"Every user of this machine can read the private key {key_file}.",
                ),
                Text(f"请运行：chmod o= {key_file}", f"請執行：chmod o= {key_file}", f"Run: chmod o= {key_file}"),
            )
        )
    return found


def judge(certificate: x509.Certificate, host: str, clock: Clock) -> Finding:
    """Of a certificate that can be read: is it ours, and of today?"""
    now = datetime.fromtimestamp(clock.now_ms() / 1000, UTC)
    until = certificate.not_valid_after_utc
    shown, days = until.strftime("%Y-%m-%d"), int((until - now).total_seconds() // _DAY_S)
    if now < certificate.not_valid_before_utc or now >= until:
        return broken(
            CHECK,
            Text(
                f"证书现在无效（有效期到 {shown}），大家打不开网址。",
                f"憑證現在無效（有效期到 {shown}），大家打不開網址。",
                f"The certificate is not valid now (it is until {shown}): nobody can open the address.",
            ),
            _RENEW,
        )
    if not _names(certificate, host):
        return broken(
            CHECK,
            Text(
                f"证书不是给 {host} 的，大家打不开网址。",
                f"憑證不是給 {host} 的，大家打不開網址。",
                f"The certificate does not name {host}: nobody can open the address.",
            ),
            Text(
                f"请申请包含 {host} 的证书，或把 public_url 改成证书上的名字。",
                f"請申請包含 {host} 的憑證，或把 public_url 改成憑證上的名字。",
                f"Get a certificate that names {host}, or set public_url to the name that it has.",
            ),
        )
    if days < CERTIFICATE_DAYS_MIN:
        return warning(
            CHECK,
            Text(f"证书还有 {days} 天到期。", f"憑證還有 {days} 天到期。", f"The certificate ends in {days} days."),
            _RENEW,
        )
    return good(
        CHECK,
        Text(
            f"证书属于 {host}，有效期到 {shown}。",
            f"憑證屬於 {host}，有效期到 {shown}。",
            f"The certificate is of {host} and valid until {shown}.",
        ),
    )


def _look_at_proxy(host: str, port: int, clock: Clock) -> Finding:
    try:
        der, issuer_is_known = _shown_certificate(host, port)
        certificate = x509.load_der_x509_certificate(der)
    except (OSError, ValueError) as error:
        reason = type(error).__name__
        return unknown(
            CHECK,
            Text(
                f"看不到 {host}:{port} 的证书（{reason}）。",
                f"看不到 {host}:{port} 的憑證（{reason}）。",
                f"The certificate of {host}:{port} cannot be seen ({reason}).",
            ),
            Text("请确认反向代理正在运行。", "請確認反向代理正在執行。", "See that the reverse proxy is running."),
        )
    finding = judge(certificate, host, clock)
    if issuer_is_known or finding.verdict.exit_code == 2:
        return finding
    return warning(
        CHECK,
        Text(
            f"这台机器不认识签发 {host} 证书的机构。",
            f"這台機器不認識簽發 {host} 憑證的機構。",
            f"This machine does not know who issued the certificate of {host}.",
        ),
        Text(
            "自己的证书机构：每部手机都要装它的 ca.pem。公网证书：请把整条证书链（fullchain.pem）交给反向代理。",
            "自己的憑證機構：每部手機都要裝它的 ca.pem。公網憑證：請把整條憑證鏈（fullchain.pem）交給反向代理。",
            "An authority of your own: each telephone needs its ca.pem. A public one: give the reverse proxy the whole "
            "chain (fullchain.pem).",
        ),
    )


def _shown_certificate(host: str, port: int) -> tuple[bytes, bool]:
    """What the address shows, and whether this machine trusts who issued it. Raises OSError."""
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    strict = ssl.create_default_context()
    strict.check_hostname = False
    issuer_is_known = False
    with contextlib.suppress(ssl.SSLCertVerificationError):
        _connect(strict, host, port)
        issuer_is_known = True
    return _connect(trusting, host, port), issuer_is_known


def _connect(context: ssl.SSLContext, host: str, port: int) -> bytes:
    with (
        socket.create_connection((host, port), timeout=ASK_TIMEOUT_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as wrapped,
    ):
        return wrapped.getpeercert(binary_form=True) or b""


def _names(certificate: x509.Certificate, host: str) -> bool:
    """By its subject alternative names only, as browsers do (RFC 6125, RFC 2818)."""
    try:
        names = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except x509.ExtensionNotFound:
        return False
    assert isinstance(names, x509.SubjectAlternativeName)
    if host in {str(address) for address in names.get_values_for_type(x509.IPAddress)}:
        return True
    wanted = host.lower()
    wildcard = "*." + wanted.partition(".")[2]
    return any(name.lower() in (wanted, wildcard) for name in names.get_values_for_type(x509.DNSName))


def _unreadable(path: Path) -> Text:
    return Text(f"读不懂证书 {path}。", f"讀不懂憑證 {path}。", f"The certificate {path} cannot be read.")
