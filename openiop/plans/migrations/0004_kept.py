"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.plans.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("plans", "0003_frozen")]
    operations = [Laid(KEPT, mark="c5c820bf")]
