"""Mail servers that are never there, that say no, and that go away in the middle."""

from smtplib import SMTPDataError, SMTPServerDisconnected

from django.core.mail.backends.base import BaseEmailBackend


class Away(BaseEmailBackend):
    def open(self):
        raise ConnectionRefusedError


class Refusing(BaseEmailBackend):
    def send_messages(self, messages):
        raise SMTPDataError(554, b"no")

    def close(self):
        raise SMTPServerDisconnected


class Breaking(BaseEmailBackend):
    def send_messages(self, messages):
        raise SMTPServerDisconnected
