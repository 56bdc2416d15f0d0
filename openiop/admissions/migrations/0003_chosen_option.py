"""What someone chose, and with whom; the triggers of the room are laid anew by 0004."""

import django.db.models.deletion
from django.db import migrations, models

from openiop.admissions.triggers import KEPT
from openiop.base.frozen import lifted


class Migration(migrations.Migration):

    dependencies = [
        ('admissions', '0002_kept'),
        ('participants', '0001_initial'),
        ('programs', '0001_initial'),
    ]

    operations = [
        lifted(KEPT),
        migrations.AddField(
            model_name='enquiry',
            name='chosen',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='chosen_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='chosen_with',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='talked_enquiries', to='programs.membership'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('chosen', ''), models.Q(('chosen_at__isnull', False), ('chosen_with__isnull', False)), _connector='OR'), name='enquiry_chosen_with_someone'),
        ),
    ]
