"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.schedule.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("schedule", "0003_away_and_elsewhere")]
    operations = [Laid(KEPT, mark="20df6e23")]
