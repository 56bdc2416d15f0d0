"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.counseling.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("counseling", "0001_initial")]
    operations = [Laid(KEPT, mark="c3e3fb0a")]
