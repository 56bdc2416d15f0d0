"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.admissions.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("admissions", "0004_taken_back"), ("participants", "0004_kept")]
    operations = [Laid(KEPT, mark="95774dac")]
