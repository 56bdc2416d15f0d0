"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import laid
from openiop.audit.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [laid(KEPT)]
