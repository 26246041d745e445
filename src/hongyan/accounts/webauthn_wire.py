"""The JSON that browsers make and take for passkeys (W3C WebAuthn level 3 §5.1.8–5.1.10), in its names."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from hongyan.accounts.wire import Label, WrappedKey
from hongyan.foundation.http import Answer, Body

# base64url texts; the longest real ones are attestations of about 5 kB.
Base64Url: TypeAlias = Annotated[str, msgspec.Meta(max_length=32 * 1024)]


class RelyingPartyEntity(Answer, frozen=True):
    id: str
    name: str


class UserEntity(Answer, frozen=True):
    id: str
    name: str
    displayName: str  # noqa: N815  # the standard's name


class CredentialParameters(Answer, frozen=True):
    type: str
    alg: int


class CredentialDescriptor(Answer, frozen=True, omit_defaults=True):
    id: str
    type: str
    transports: list[str] | None = None


class AuthenticatorSelection(Answer, frozen=True):
    residentKey: str  # noqa: N815
    requireResidentKey: bool  # noqa: N815
    userVerification: str  # noqa: N815


class CreationOptions(Answer, frozen=True):
    rp: RelyingPartyEntity
    user: UserEntity
    challenge: str
    pubKeyCredParams: list[CredentialParameters]  # noqa: N815
    timeout: int
    excludeCredentials: list[CredentialDescriptor]  # noqa: N815
    authenticatorSelection: AuthenticatorSelection  # noqa: N815
    attestation: str


class RequestOptions(Answer, frozen=True):
    challenge: str
    timeout: int
    rpId: str  # noqa: N815
    allowCredentials: list[CredentialDescriptor]  # noqa: N815
    userVerification: str  # noqa: N815


class CreationOptionsAnswer(Answer, frozen=True):
    options: CreationOptions


class RequestOptionsAnswer(Answer, frozen=True):
    options: RequestOptions


class AttestationResponse(msgspec.Struct, frozen=True):
    clientDataJSON: Base64Url  # noqa: N815
    attestationObject: Base64Url  # noqa: N815


class AssertionResponse(msgspec.Struct, frozen=True):
    clientDataJSON: Base64Url  # noqa: N815
    authenticatorData: Base64Url  # noqa: N815
    signature: Base64Url
    userHandle: Base64Url | None = None  # noqa: N815


class NewCredential(msgspec.Struct, frozen=True):
    """What else a browser adds is ignored: extension results may hold what the server must not see."""

    id: Base64Url
    rawId: Base64Url  # noqa: N815
    type: Literal["public-key"]
    response: AttestationResponse


class Assertion(msgspec.Struct, frozen=True):
    """What else a browser adds is ignored, as in NewCredential."""

    id: Base64Url
    rawId: Base64Url  # noqa: N815
    type: Literal["public-key"]
    response: AssertionResponse


class AssertionBody(Body, frozen=True):
    credential: Assertion


class NewPasskeyBody(Body, frozen=True):
    credential: NewCredential
    label: Label
    wrapped_account_key: WrappedKey | None = None


class NewPasskeyAnswer(Answer, frozen=True):
    id: int


class PasskeyAnswer(Answer, frozen=True):
    id: int
    label: bytes
    created_at_ms: int


class PasskeysAnswer(Answer, frozen=True):
    passkeys: list[PasskeyAnswer]
