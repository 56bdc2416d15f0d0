"""A first day that was mistyped may be corrected while the stay is open."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.participants.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("participants", "0002_kept")]
    operations = [Laid(KEPT, mark="a3325c7e")]
