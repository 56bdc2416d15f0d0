"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.audit.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [Laid(KEPT, mark="13fb1ac1")]
