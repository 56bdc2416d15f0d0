"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.alerts.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_kept")]
    operations = [Laid(KEPT, mark="f7bdf64c")]
