"""Refusals that travel: a stable code, a status, and a sentence in the reader's language (RFC 9457, [HT1])."""

from collections.abc import Mapping

import msgspec

from hongyan.foundation.language import Language, Text

__all__ = ["TEXTS", "Catalogue", "Problem", "ProblemDocument", "Text"]


class Problem(Exception):
    """A refusal the caller is told of; `code` is stable and has a text in the feature's TEXTS.

    `headers` are those that another protocol than ours wants with it.
    """

    def __init__(
        self, code: str, *, status: int, retry_after_s: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.retry_after_s = retry_after_s
        self.headers = headers or {}


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    type: str
    title: str
    status: int
    code: str
    detail: str
    retry_after_s: int | None = None


TEXTS: dict[str, Text] = {
    "malformed": Text(
        "请求的格式不对。请更新应用后再试。",
        "請求的格式不對。請更新應用程式後再試。",
        "The request is not in the expected form. Update the app and try again.",
    ),
    "not_found": Text(
        "这里没有你要找的内容。",
        "這裡沒有你要找的內容。",
        "There is nothing at this address.",
    ),
    "method_not_allowed": Text(
        "这个地址不支持此操作。",
        "這個位址不支援此操作。",
        "This address does not support that operation.",
    ),
    "too_large": Text(
        "内容太大，请减小后再试。",
        "內容太大，請減小後再試。",
        "This is too large. Make it smaller and try again.",
    ),
    "unauthorised": Text(
        "请先登录。",
        "請先登入。",
        "Please sign in first.",
    ),
    "owner_only": Text(
        "只有这台服务器的主人可以这样做。",
        "只有這台伺服器的主人可以這樣做。",
        "Only the owner of this server can do that.",
    ),
    "too_many_tries": Text(
        "尝试次数太多，请稍后再试。",
        "嘗試次數太多，請稍後再試。",
        "Too many tries. Please try again later.",
    ),
    "storage_full": Text(
        "服务器的存储空间已满，请稍后再试。",
        "伺服器的儲存空間已滿，請稍後再試。",
        "The server's disk is full. Please try again later.",
    ),
    "storage_unavailable": Text(
        "服务器暂时无法保存，请稍后再试。",
        "伺服器暫時無法儲存，請稍後再試。",
        "The server cannot store anything right now. Please try again shortly.",
    ),
    "busy": Text(
        "服务器正忙，请稍等一下再试。",
        "伺服器正忙，請稍等一下再試。",
        "The server is busy. Please try again in a moment.",
    ),
    "internal": Text(
        "服务器出错了，请稍后再试。",
        "伺服器發生錯誤，請稍後再試。",
        "Something went wrong on the server. Please try again later.",
    ),
    "refused": Text(
        "服务器拒绝了这个请求。",
        "伺服器拒絕了這個請求。",
        "The server refused this request.",
    ),
}

_TITLES: dict[int, Text] = {
    400: Text("请求有误", "請求有誤", "Bad request"),
    401: Text("需要登录", "需要登入", "Sign-in needed"),
    403: Text("没有权限", "沒有權限", "Not allowed"),
    404: Text("没有找到", "沒有找到", "Not found"),
    405: Text("不支持的操作", "不支援的操作", "Operation not supported"),
    409: Text("有冲突", "有衝突", "Conflict"),
    410: Text("已失效", "已失效", "No longer valid"),
    412: Text("版本不符", "版本不符", "Another version"),
    413: Text("内容太大", "內容太大", "Too large"),
    416: Text("没有这一段", "沒有這一段", "No such part"),
    429: Text("太频繁", "太頻繁", "Too many tries"),
    500: Text("服务器出错", "伺服器發生錯誤", "Server error"),
    503: Text("暂时不可用", "暫時無法使用", "Unavailable for now"),
    507: Text("空间已满", "空間已滿", "Storage full"),
}


class Catalogue:
    """The texts of all features; two features may not claim one code."""

    def __init__(self, *tables: Mapping[str, Text]) -> None:
        self._texts: dict[str, Text] = {}
        for table in (TEXTS, *tables):
            for code, text in table.items():
                assert self._texts.setdefault(code, text) is text, f"problem code {code} is claimed twice"

    def require(self, codes: set[str]) -> None:
        """Refuse to start with a code that has no text."""
        missing = sorted(codes - self._texts.keys())
        assert not missing, f"problem codes without a text: {', '.join(missing)}"

    def render(self, problem: Problem, language: Language) -> ProblemDocument:
        title = _TITLES.get(problem.status, _TITLES[400 if problem.status < 500 else 500])
        return ProblemDocument(
            type=f"urn:hongyan:problem:{problem.code}",
            title=title.into(language),
            status=problem.status,
            code=problem.code,
            detail=self._texts[problem.code].into(language),
            retry_after_s=problem.retry_after_s,
        )
