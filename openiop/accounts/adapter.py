"""What allauth's passkeys and app codes are told of us, and how a secret is kept."""

import base64
import hashlib
from typing import Any
from urllib.parse import quote, urlencode

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode


def _box() -> MultiFernet:
    """Encrypts with the newest key and reads with any."""
    keys = [base64.urlsafe_b64encode(hashlib.sha256(key).digest()) for key in settings.SIGN_IN_KEYS]
    return MultiFernet([Fernet(key) for key in keys])


class Adapter(DefaultMFAAdapter):
    """Secrets of apps are encrypted with keys that are not in the database."""

    def encrypt(self, text: str) -> str:
        """The text, unreadable without the key."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text again."""
        return _box().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """Under their address: a passkey's owner tells it from others by that, and no name leaves the house."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"display_name": user.email}

    def _get_site_name(self) -> str:
        return settings.PASSKEY_NAME


def app_address(email: str, secret: str) -> str:
    """What the picture says to an app: whose code it is, and the secret (the key URI format that apps read)."""
    issuer = settings.PASSKEY_NAME
    return f"otpauth://totp/{quote(f'{issuer}:{email}')}?{urlencode({'secret': secret, 'issuer': issuer})}"


def picture(text: str) -> tuple[int, str]:
    """A QR code as its width in squares and one SVG path: no style, no script, nothing from elsewhere."""
    code = QRCode(border=4, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    dark = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, black in enumerate(row) if black]
    return len(rows), "".join(dark)
