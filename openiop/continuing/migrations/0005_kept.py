"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.continuing.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("continuing", "0004_elsewhere")]
    operations = [Laid(KEPT, mark="4786d89e")]
