"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import laid
from openiop.notes.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("notes", "0002_signed_kept")]
    operations = [laid(KEPT)]
