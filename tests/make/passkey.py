"""A passkey in software: it makes a key and answers as a device would, or wrongly where a test asks for it."""

import json
import secrets
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

FLAG = AuthenticatorData.FLAG


class Device:
    """One passkey; `verified` is whether it asked for a finger, a face or a PIN."""

    def __init__(self, origin="http://localhost", verified=True, attachment="cross-platform"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id, self.origin, self.verified, self.attachment = secrets.token_bytes(16), origin, verified, attachment
        self.handle = b""

    def _said(self, kind, challenge):
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _flags(self):
        return FLAG.UP | (FLAG.UV if self.verified else FLAG(0))

    def _whole(self, response):
        rest = {"authenticatorAttachment": self.attachment, "clientExtensionResults": {"credProps": {"rk": True}}}
        both = {"id": websafe_encode(self.id), "rawId": websafe_encode(self.id), "type": "public-key"}
        return json.dumps(both | {"response": response} | rest)

    def make(self, asked):
        """The answer to being asked for a new passkey."""
        asked = asked["publicKey"]
        self.handle = websafe_decode(asked["user"]["id"])
        told = self._said("webauthn.create", asked["challenge"])
        own = AttestedCredentialData.create(
            Aaguid(bytes(16)), self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(
            sha256(asked["rp"]["id"].encode()).digest(), self._flags() | FLAG.AT, 0, bytes(own)
        )
        whole = AttestationObject.create("none", data, {})
        return self._whole({"clientDataJSON": websafe_encode(told), "attestationObject": websafe_encode(bytes(whole))})

    def prove(self, asked):
        """The answer to being asked who is there."""
        asked = asked["publicKey"]
        told = self._said("webauthn.get", asked["challenge"])
        data = bytes(AuthenticatorData.create(sha256(asked["rpId"].encode()).digest(), self._flags(), 1))
        signed = self.key.sign(data + sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": told, "authenticatorData": data, "signature": signed, "userHandle": self.handle}
        return self._whole({name: websafe_encode(part) for name, part in parts.items()})
