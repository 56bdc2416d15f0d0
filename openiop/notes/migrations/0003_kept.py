"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.notes.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("notes", "0002_signed_kept")]
    operations = [Laid(KEPT, mark="bab9ba8a")]
