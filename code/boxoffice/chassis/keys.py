"""A new pair of keys for tokens.

python -m boxoffice.chassis.keys        prints TOKEN_PRIVATE_KEY=… and TOKEN_PUBLIC_KEYS=… for a shell
"""

import base64
import hashlib
import json
import shlex

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def new_pair() -> tuple[str, str]:
    """(private key as PEM, public keys as a JWK set of one): Ed25519."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode(), json.dumps({"keys": [public_jwk(private)]})


def private_from(pem: str) -> Ed25519PrivateKey:
    """The private key; ValueError (which does not repeat it) if that is none."""
    try:
        found = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise ValueError("no Ed25519 private key in PEM")
    return found


def public_jwk(private: Ed25519PrivateKey) -> dict:
    """The public half as a JWK, with a `kid` made from the key itself."""
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    kid = hashlib.sha256(raw).hexdigest()[:16]
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x}


if __name__ == "__main__":
    private_key, public_keys = new_pair()
    print(f"export TOKEN_PRIVATE_KEY={shlex.quote(private_key)}")
    print(f"export TOKEN_PUBLIC_KEYS={shlex.quote(public_keys)}")
