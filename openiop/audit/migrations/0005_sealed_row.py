"""When a link was made is told by the worker, since its seal covers that; the table stays as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0004_marked_and_chained'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='link', name='created_at', field=models.DateTimeField(editable=False)
                ),
            ],
        ),
    ]
