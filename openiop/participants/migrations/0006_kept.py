"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.participants.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("participants", "0005_merge")]
    operations = [Laid(KEPT, mark="763816d0")]
