"""An appointment here is a visit of the week; one elsewhere takes the person's time. The triggers are laid by 0005."""

import django.db.models.deletion
from django.db import migrations, models

from openiop.base.frozen import lifted
from openiop.continuing.triggers import KEPT


class Migration(migrations.Migration):

    dependencies = [
        ('continuing', '0002_kept'),
        ('participants', '0004_kept'),
        ('programs', '0001_initial'),
        ('schedule', '0003_away_and_elsewhere'),
    ]

    operations = [
        lifted(KEPT),
        migrations.AddField(
            model_name='appointment',
            name='elsewhere',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schedule.elsewhere'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='visit',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='schedule.session'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('visit__isnull', True), ('status', 'booked'), _connector='OR'), name='appointment_here_is_closed_by_attendance'),
        ),
    ]
