"""Contract: what was filled may not be empty any more, and inventory's own number of a hold is none of our
business. From here on there is no way back to the monolith's code."""

from django.db import migrations, models

from boxoffice.contexts.orders.migrations._backfill import fill


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_backfill")]

    operations = [
        # once more: the monolith may have sold something since
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("order", "buyer_email", models.EmailField(blank=True, max_length=254)),
        migrations.AlterField("orderline", "event_id", models.BigIntegerField(db_index=True)),
        migrations.AlterField("orderline", "slug", models.SlugField(db_index=False, max_length=160)),
        migrations.AlterField("orderline", "title", models.CharField(max_length=150)),
        migrations.AlterField("orderline", "starts_at", models.DateTimeField()),
        migrations.AlterField("orderline", "venue", models.CharField(max_length=210)),
        migrations.AlterField(
            "orderline", "band", models.CharField(max_length=60, verbose_name="price band")
        ),
        migrations.RemoveField("orderline", "hold_id"),
    ]
