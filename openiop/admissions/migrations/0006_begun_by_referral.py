"""An enquiry may be begun by a referral. The triggers of the room are laid anew by 0007."""

import django.db.models.deletion
from django.db import migrations, models

from openiop.admissions.triggers import KEPT
from openiop.base.frozen import lifted


class Migration(migrations.Migration):

    dependencies = [
        ('admissions', '0005_kept'),
    ]

    operations = [
        lifted(KEPT),
        migrations.AddField(
            model_name='enquiry',
            name='referral',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='enquiries', to='admissions.referral'),
        ),
    ]
