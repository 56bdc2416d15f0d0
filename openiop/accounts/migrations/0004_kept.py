"""The database holds what this room keeps."""

from django.db import migrations

from openiop.accounts.triggers import KEPT
from openiop.base.frozen import Laid


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_sign_ins_and_tries")]
    operations = [Laid(KEPT, mark="bdcbf456")]
