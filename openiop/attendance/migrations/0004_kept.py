"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.attendance.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("attendance", "0003_kept"), ("audit", "0003_kept"), ("participants", "0004_kept")]
    operations = [Laid(KEPT, mark="3d622654")]
