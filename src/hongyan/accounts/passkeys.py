"""WebAuthn, as far as the server takes part: options out, and answers checked (W3C WebAuthn level 3)."""

import ipaddress
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from hongyan.accounts.model import CHALLENGE_LIFETIME_S, CREDENTIAL_BYTES_MAX
from hongyan.accounts.signin_store import Passkey
from hongyan.foundation.ids import AccountId

TIMEOUT_MS = CHALLENGE_LIFETIME_S * 1000
SITE_NAME = "鸿雁"


@dataclass(frozen=True, slots=True)
class Registered:
    credential_id: bytes
    public_key: bytes
    sign_count: int


class RelyingParty:
    """This server as browsers know it: an https origin (or localhost) and its host name."""

    def __init__(self, public_url: str) -> None:
        parts = urlsplit(public_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.hostname or ""

    @property
    def can_have_passkeys(self) -> bool:
        """Browsers refuse passkeys for a bare address."""
        try:
            ipaddress.ip_address(self._host)
        except ValueError:
            return bool(self._host)
        return False

    def creation_options(self, account_id: AccountId, name: str, known: list[Passkey], challenge: bytes) -> str:
        """PublicKeyCredentialCreationOptionsJSON for a discoverable, user-verified credential."""
        options = generate_registration_options(
            rp_id=self._host,
            rp_name=SITE_NAME,
            user_id=_user_handle(account_id),
            user_name=name,
            user_display_name=name,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                require_resident_key=True,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in known],
        )
        return options_to_json(options)

    def request_options(self, challenge: bytes) -> str:
        """PublicKeyCredentialRequestOptionsJSON that names no account: nobody learns who has a passkey."""
        options = generate_authentication_options(
            rp_id=self._host,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    def registered(self, credential: str, challenge: bytes) -> Registered | None:
        """What a right answer to `creation_options` registers; None for a wrong one."""
        try:
            done = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except Exception:  # The library lets some parsers' own errors through, and all mean a wrong answer.
            return None
        if not 1 <= len(done.credential_id) <= CREDENTIAL_BYTES_MAX:
            return None
        return Registered(done.credential_id, done.credential_public_key, done.sign_count)

    def new_sign_count(self, credential: str, challenge: bytes, passkey: Passkey) -> int | None:
        """The counter of a right answer to `request_options`; None for a wrong or replayed one."""
        try:
            user_handle = json.loads(credential)["response"].get("userHandle")
            if user_handle is not None and base64url_to_bytes(user_handle) != _user_handle(passkey.account_id):
                return None
            return verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            ).new_sign_count
        except Exception:  # As above.
            return None


def challenge_of(client_data_json: str) -> bytes | None:
    """The challenge that a credential's base64url clientDataJSON answers; None if it is malformed."""
    try:
        client_data = json.loads(base64url_to_bytes(client_data_json))
        if client_data.get("crossOrigin"):
            return None
        return base64url_to_bytes(client_data["challenge"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def credential_id_of(raw_id: str) -> bytes | None:
    """The bytes of a base64url credential id; None if it is malformed."""
    try:
        return base64url_to_bytes(raw_id)
    except ValueError:
        return None


def _user_handle(account_id: AccountId) -> bytes:
    return account_id.to_bytes(8, "big")
