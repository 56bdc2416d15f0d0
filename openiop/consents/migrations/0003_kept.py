"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.consents.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("consents", "0002_set_aside")]
    operations = [Laid(KEPT, mark="64064914")]
