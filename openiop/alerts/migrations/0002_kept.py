"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import laid
from openiop.alerts.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial")]
    operations = [laid(KEPT)]
