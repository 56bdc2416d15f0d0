"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.admissions.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("admissions", "0001_initial")]
    operations = [Laid(KEPT, mark="373d526a")]
