"""The port, the server behind it, and the way to it that telephones take."""

import fcntl
import os
import ssl
from pathlib import Path

from hongyan.doctor.asking import Asked, Facts, ask, opens_socket
from hongyan.doctor.model import CLOCK_APART_S, Finding, broken, good, unknown, warning
from hongyan.foundation.clock import Clock
from hongyan.foundation.language import Text
from hongyan.foundation.starting import LOCK_FILE_NAME, CannotStart, listen
from hongyan.settings import Settings

_RESTART = Text(
    "请重新启动服务器：systemctl restart hongyan",
    "請重新啟動伺服器：systemctl restart hongyan",
    "Restart the server: systemctl restart hongyan",
)


def is_running(data_dir: Path) -> bool:
    """Whether a process holds the data folder."""
    try:
        lock = os.open(data_dir / LOCK_FILE_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def look_at_port(settings: Settings, *, running: bool) -> tuple[Finding, Facts | None]:
    """Does our server answer on the port? If it is stopped: could it take it?"""
    check, port = "port", settings.port
    if not running:
        return _stopped(settings), None
    try:
        asked = ask(_local_url(settings), _without_names())
    except OSError as error:
        asked = Asked(0, None)
        reason = str(error.strerror or error)
    else:
        reason = f"HTTP {asked.status}"
    if asked.facts is None:
        finding = broken(
            check,
            Text(
                f"服务器在运行，但端口 {port} 上没有它的回答（{reason}）。",
                f"伺服器在執行，但連接埠 {port} 上沒有它的回答（{reason}）。",
                f"The server is running, but does not answer on port {port} ({reason}).",
            ),
            Text(
                "如果启动时用了 --port，请给 hongyan doctor 同样的 --port；否则请重新启动服务器并看它的日志。",
                "如果啟動時用了 --port，請給 hongyan doctor 同樣的 --port；否則請重新啟動伺服器並看它的日誌。",
                "If it was started with --port, give hongyan doctor the same; else restart it and read its log.",
            ),
        )
        return finding, None
    text = Text(
        f"服务器正在端口 {port} 上运行。",
        f"伺服器正在連接埠 {port} 上執行。",
        f"The server is running on port {port}.",
    )
    return good(check, text), asked.facts


def answers(settings: Settings) -> bool:
    """Whether a Hongyan server answers on this machine's port."""
    try:
        return ask(_local_url(settings), _without_names()).facts is not None
    except OSError:
        return False


def look_at_version(installed: str, running: Facts | None) -> Finding:
    check = "version"
    if running is not None and running.version != installed:
        return warning(
            check,
            Text(
                f"已安装 {installed}，但运行的还是 {running.version}。",
                f"已安裝 {installed}，但執行的還是 {running.version}。",
                f"Version {installed} is installed, but {running.version} is still running.",
            ),
            _RESTART,
        )
    return good(check, Text(f"版本 {installed}。", f"版本 {installed}。", f"Version {installed}."))


def look_at_address(settings: Settings, clock: Clock, *, running: bool) -> Finding:
    """Can people get here by the address they are given, with its socket? Asks that address only."""
    check, url = "address", settings.url
    if not url.startswith("https://") and not _is_local(url):
        return broken(
            check,
            Text(
                f"网址 {url} 不是 https://，手机上的浏览器不能用它聊天。",
                f"網址 {url} 不是 https://，手機上的瀏覽器不能用它聊天。",
                f"The address {url} is not https://: browsers on telephones refuse to work with it.",
            ),
            Text(
                "请按 docs/operate.zh.md 的“让手机连上：https”设置证书和 public_url。",
                "請按 docs/operate.zh.md 的“让手机连上：https”設定憑證和 public_url。",
                "Set up a certificate and public_url as “Let telephones in: https” in docs/operate.md says.",
            ),
        )
    if not running:
        return unknown(
            check,
            Text(
                f"服务器没有运行，没法检查网址 {url}。",
                f"伺服器沒有執行，沒法檢查網址 {url}。",
                f"The server is not running, so its address {url} was not tried.",
            ),
        )
    try:
        asked = ask(url, _without_names())
        socket_status = opens_socket(url, _without_names()) if asked.facts else 0
    except OSError as error:
        return _unreachable(url, str(error.strerror or error))
    return _judge(settings, clock, asked, socket_status)


def _judge(settings: Settings, clock: Clock, asked: Asked, socket_status: int) -> Finding:
    check, url, facts = "address", settings.url, asked.facts
    if facts is None:
        return _unreachable(url, f"HTTP {asked.status}")
    if facts.domain != settings.domain:
        return broken(
            check,
            Text(
                f"网址 {url} 通向另一台服务器（{facts.domain}）。",
                f"網址 {url} 通向另一台伺服器（{facts.domain}）。",
                f"The address {url} leads to another server ({facts.domain}).",
            ),
            Text(
                "请检查 DNS 记录、反向代理和 public_url。",
                "請檢查 DNS 記錄、反向代理和 public_url。",
                "Check the DNS record, the reverse proxy and public_url.",
            ),
        )
    if socket_status != 101:
        return broken(
            check,
            Text(
                f"网页能打开，但消息通道不通（/realtime 回答 {socket_status}）。",
                f"網頁能開啟，但訊息通道不通（/realtime 回答 {socket_status}）。",
                f"Pages open, but the socket for messages does not (/realtime answers {socket_status}).",
            ),
            Text(
                "反向代理要转发 WebSocket，并保留 Host：请对照 deploy/ 里的 Caddyfile 或 nginx.conf；"
                "public_url 要和大家打开的网址完全一样。",
                "反向代理要轉發 WebSocket，並保留 Host：請對照 deploy/ 裡的 Caddyfile 或 nginx.conf；"
                "public_url 要和大家開啟的網址完全一樣。",
                "The reverse proxy must pass WebSockets on and keep the Host: compare it with deploy/Caddyfile or "
                "deploy/nginx.conf; and public_url must be exactly the address people open.",
            ),
        )
    if abs(facts.time_ms - clock.now_ms()) > CLOCK_APART_S * 1000:
        return warning(
            check,
            Text(
                f"网址 {url} 上的服务器和这台机器时间不同，可能不是同一台。",
                f"網址 {url} 上的伺服器和這台機器時間不同，可能不是同一台。",
                f"The server at {url} has another time than this machine: it may not be this one.",
            ),
            Text("请检查 DNS 和反向代理。", "請檢查 DNS 和反向代理。", "Check the DNS record and the reverse proxy."),
        )
    text = Text(
        f"网址 {url} 能打开，消息通道也通。",
        f"網址 {url} 能開啟，訊息通道也通。",
        f"The address {url} opens, and so does its socket for messages.",
    )
    return good(check, text)


def _stopped(settings: Settings) -> Finding:
    start = Text(
        "需要时请启动它：systemctl start hongyan",
        "需要時請啟動它：systemctl start hongyan",
        "Start it when you want it: systemctl start hongyan",
    )
    try:
        listen(settings.host, settings.port).close()
    except CannotStart as error:
        return broken("port", error.text, start)
    text = Text(
        f"服务器没有运行；端口 {settings.port} 空着。",
        f"伺服器沒有執行；連接埠 {settings.port} 空著。",
        f"The server is not running; port {settings.port} is free.",
    )
    return warning("port", text, start)


def _unreachable(url: str, reason: str) -> Finding:
    return broken(
        "address",
        Text(
            f"从这台机器打不开网址 {url}（{reason}）。",
            f"從這台機器打不開網址 {url}（{reason}）。",
            f"The address {url} cannot be opened from this machine ({reason}).",
        ),
        Text(
            "请检查 DNS 是否指向这里、防火墙是否放行、反向代理是否在运行；有些家用路由器不让里面的机器走外面的网址，"
            "请再用手机流量试一次。",
            "請檢查 DNS 是否指向這裡、防火牆是否放行、反向代理是否在執行；有些家用路由器不讓裡面的機器走外面的網址，"
            "請再用手機行動網路試一次。",
            "See that the DNS name points here, the firewall lets it through and the reverse proxy runs. Some home "
            "routers keep inner machines from the outer address: try with a telephone outside, too.",
        ),
    )


def _local_url(settings: Settings) -> str:
    scheme = "https" if settings.tls_cert_file else "http"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared only
    return f"{scheme}://[{host}]:{settings.port}" if ":" in host else f"{scheme}://{host}:{settings.port}"


def _is_local(url: str) -> bool:
    return url.startswith(("http://localhost", "http://127.0.0.1"))


def _without_names() -> ssl.SSLContext:
    """Whether the certificate is right is another check's to say."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
