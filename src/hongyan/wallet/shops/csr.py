"""What a shop's owner hands in to have her program's key certified (PKCS#10, RFC 2986): no database, no clock."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from hongyan.wallet.shops.model import CSR_CHARACTERS_MAX
from hongyan.wallet.shops.platform import EXPONENT

KEY_BITS_MIN = 2_048
KEY_BITS_MAX = 4_096


def key_of(text: str) -> RSAPublicKey | None:
    """The key that a request in PEM asks a certificate for, signed by that key; None when there is anything wrong.

    Whatever else it says of itself, its name for instance, counts for nothing. A private key pasted with it is refused,
    so that its owner sees that it was about to leave her hands.
    """
    if len(text) > CSR_CHARACTERS_MAX or "PRIVATE KEY" in text:
        return None
    try:
        request = x509.load_pem_x509_csr(text.encode())
        key = request.public_key()
        if not isinstance(key, RSAPublicKey) or not KEY_BITS_MIN <= key.key_size <= KEY_BITS_MAX:
            return None
        # Another exponent may make each of our checks slow, or the key weak.
        if key.public_numbers().e != EXPONENT or not request.is_signature_valid:
            return None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key
