from django.db import migrations, models

from boxoffice.chassis.migrations import drop_foreign_keys_to_others


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]

    operations = [
        drop_foreign_keys_to_others("inventory"),
        migrations.AddField("hold", "attempt", models.UUIDField(editable=False, null=True)),
    ]
