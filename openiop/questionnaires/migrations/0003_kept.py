"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.questionnaires.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("questionnaires", "0002_kept")]
    operations = [Laid(KEPT, mark="07ff1886")]
