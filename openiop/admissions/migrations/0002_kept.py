"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import laid
from openiop.admissions.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("admissions", "0001_initial")]
    operations = [laid(KEPT)]
