"""What a stranger says when she asks, sealed to the asked person's box key [CT2]."""

from dataclasses import dataclass

from hongyan.sdk.content import cbor
from hongyan.sdk.identity.boxes import open_box, seal_box

_INFO = "hongyan greeting v1"
_TEXT_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Greeting:
    text: str
    name: str
    account_key: bytes
    proof: bytes | None


def seal_greeting(box_key: bytes, greeting: Greeting) -> bytes:
    fields: dict[str, str | bytes] = {
        "text": greeting.text[:_TEXT_CHARACTERS_MAX],
        "name": greeting.name,
        "account_key": greeting.account_key,
    }
    if greeting.proof is not None:
        fields["proof"] = greeting.proof
    return seal_box(box_key, cbor.encode(fields), _INFO)


def open_greeting(box_private_key: bytes, sealed: bytes) -> Greeting | None:
    """None when it cannot be read: the request is shown without words."""
    try:
        fields = cbor.Fields.of(cbor.decode(open_box(box_private_key, sealed, _INFO)))
    except ValueError:
        return None
    text, name, key = fields.text("text"), fields.text("name"), fields.octets("account_key")
    if text is None or name is None or key is None:
        return None
    return Greeting(text, name, key, fields.octets("proof"))
