"""Contract: inventory's own number of a hold is none of our business any more. From here on there is no way
back to the monolith's code."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_backfill")]

    operations = [migrations.RemoveField("orderline", "hold_id")]
