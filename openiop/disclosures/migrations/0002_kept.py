"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.disclosures.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("disclosures", "0001_initial")]
    operations = [Laid(KEPT, mark="c13c199e")]
