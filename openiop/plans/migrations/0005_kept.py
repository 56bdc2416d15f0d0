"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.plans.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("plans", "0004_kept")]
    operations = [Laid(KEPT, mark="59553f2d")]
