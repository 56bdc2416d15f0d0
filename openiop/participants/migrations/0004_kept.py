"""The database holds what this room keeps."""

from django.db import migrations

from openiop.base.frozen import Laid
from openiop.participants.triggers import KEPT


class Migration(migrations.Migration):
    dependencies = [("participants", "0003_first_day")]
    operations = [Laid(KEPT, mark="0d50aaa4")]
