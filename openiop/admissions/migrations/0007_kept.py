"""The database holds what this room keeps."""

from django.db import migrations

from openiop.admissions.triggers import KEPT
from openiop.base.frozen import Laid


class Migration(migrations.Migration):
    dependencies = [("admissions", "0006_begun_by_referral")]
    operations = [Laid(KEPT, mark="95774dac")]
