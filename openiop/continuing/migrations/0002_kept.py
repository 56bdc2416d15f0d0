"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import laid
from openiop.continuing.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("continuing", "0001_initial")]
    operations = [laid(KEPT)]
