"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.privacy.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial")]
    operations = [Laid(KEPT, mark="a1ccee55")]
