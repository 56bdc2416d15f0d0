"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.questionnaires.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("questionnaires", "0001_initial")]
    operations = [Laid(KEPT, mark="60fde9ea")]
