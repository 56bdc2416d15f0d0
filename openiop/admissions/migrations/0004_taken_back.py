"""A referral joined to the wrong record can be taken back from it. The triggers are laid by 0005."""

import django.db.models.deletion
from django.db import migrations, models

from openiop.admissions.triggers import KEPT
from openiop.base.frozen import lifted


class Migration(migrations.Migration):

    dependencies = [
        ('admissions', '0003_chosen_option'),
        ('participants', '0002_kept'),
        ('programs', '0001_initial'),
    ]

    operations = [
        lifted(KEPT),
        migrations.AddField(
            model_name='referral',
            name='taken_back_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='referral',
            name='taken_back_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='referrals_taken_back', to='programs.membership'),
        ),
        migrations.AddField(
            model_name='referral',
            name='taken_back_reason',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='referral',
            name='taken_from',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='referrals_taken_back', to='participants.participant'),
        ),
    ]
