"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.attendance.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("attendance", "0002_versions_kept")]
    operations = [Laid(KEPT, mark="9e30e6fc")]
