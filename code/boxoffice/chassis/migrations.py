"""How a table that was born in the monolith loses its foreign keys to other contexts.

A context's history starts with the monolith's: its first migration has the same name and makes the same
columns. What used to be a foreign key is written there as what it is in the table, a number with an index, so
that the context can also be born alone, in a database where nobody else's tables exist. A database that the
monolith made has the constraints still: this operation drops those that it finds.
"""

from django.db import migrations


def drop_foreign_keys_to_others(app_label: str) -> migrations.RunPython:
    """Drop every foreign key from the app's tables to a table of another app; columns and rows stay."""

    def drop(apps, schema_editor):
        for model in apps.get_app_config(app_label).get_models():
            _drop(schema_editor, model, app_label)

    return migrations.RunPython(drop, migrations.RunPython.noop)


def _drop(schema_editor, model, app_label: str) -> None:
    connection, table = schema_editor.connection, model._meta.db_table
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    outward = [
        name
        for name, constraint in found.items()
        if constraint["foreign_key"] and not constraint["foreign_key"][0].startswith(f"{app_label}_")
    ]
    if not outward:
        return
    if connection.vendor == "sqlite":  # it cannot drop a constraint: the table is made anew, with its rows
        schema_editor._remake_table(model)
        return
    for name in outward:
        schema_editor.execute(
            f"ALTER TABLE {schema_editor.quote_name(table)} DROP CONSTRAINT {schema_editor.quote_name(name)}"
        )
