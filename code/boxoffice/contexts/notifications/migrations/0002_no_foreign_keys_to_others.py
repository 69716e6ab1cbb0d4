from django.db import migrations

from boxoffice.chassis.migrations import drop_foreign_keys_to_others


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        drop_foreign_keys_to_others("notifications"),
    ]
