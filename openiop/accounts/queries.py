"""Who a set-up link belongs to."""

from uuid import UUID

from django.contrib.auth.tokens import default_token_generator

from openiop.accounts.models import User


def token_for(user: User) -> str:
    """A token for one set-up link: it works once (the password changes it) and for three days."""
    return default_token_generator.make_token(user)


def user_of_link(user_id: UUID, token: str) -> User | None:
    """The user the link was made for, or None where it is used, old or wrong."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return user if user is not None and default_token_generator.check_token(user, token) else None
