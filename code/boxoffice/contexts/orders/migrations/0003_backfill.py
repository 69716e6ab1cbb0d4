"""Backfill: what the catalogue, inventory and accounts say today of every order of the monolith."""

from django.db import migrations

from boxoffice.contexts.orders.migrations._backfill import fill


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_expand")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
