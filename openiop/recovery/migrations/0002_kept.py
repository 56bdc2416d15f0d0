"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.recovery.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("recovery", "0001_initial")]
    operations = [Laid(KEPT, mark="ab346320")]
