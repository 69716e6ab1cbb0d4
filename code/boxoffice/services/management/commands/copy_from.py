import os
import time

from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError

from boxoffice.services.copying import BATCH, Copy, Refused, in_one_line


class Command(BaseCommand):
    """Pull the tables of this service's contexts out of the database that holds everything.

    One database becomes several, one service at a time, and every service pulls its own:

        python code/boxoffice/manage.py web copy_from SOURCE_URL         a database for each context, one process
        python code/boxoffice/manage.py catalog copy_from SOURCE_URL     the same for a service of its own

    Where to is what the service's own environment says: DATABASE_URL, or <CONTEXT>_DATABASE_URL. A context whose
    database is the source stays where it is. Accounts brings Django's groups, rights and the admin's log;
    sessions are not copied, so everybody logs in again.

    What is written to the source meanwhile is not followed: the office is closed for the copy.

        1. `manage.py web migrate` on the source, then stop every process of the box office, `reconcile` too
        2. `manage.py SERVICE prepare` and `manage.py SERVICE copy_from SOURCE_URL` for each service, in any order
        3. start the processes of the new arrangement; nobody writes to the source again
    """

    help = "Copy this service's tables from the database at SOURCE_URL; can be killed and started again."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "source",
            nargs="?",
            metavar="SOURCE_URL",
            help="the database that holds everything; without it, SOURCE_DATABASE_URL (a list of processes shows "
            "arguments, and with them a password)",
        )
        parser.add_argument("--check", action="store_true", help="compare, and copy nothing")
        parser.add_argument("--batch", type=int, default=BATCH, help="rows a transaction")

    def handle(self, *, source, check, batch, **options):
        source = source or os.environ.get("SOURCE_DATABASE_URL")
        if not source:
            raise CommandError("Say where from: copy_from SOURCE_URL.")
        if batch < 1:
            raise CommandError("--batch must be 1 or more.")
        try:
            copy = Copy.open(source, batch)
            if not copy.models:
                return self._say("This service keeps no rows of a context: there is nothing to copy.")
            for context in copy.stay:
                self._say(f"{context}: stays in the source's database")
            with copy:
                copy.check_schemas()
                if not check:
                    self._copy(copy)
                self._compare(copy)
        except Refused as problem:
            raise CommandError(str(problem)) from None
        except DatabaseError as problem:
            raise CommandError(
                f"A database failed: {in_one_line(problem)}. Start the copy again: it goes on where it was."
            ) from problem

    def _copy(self, copy: Copy) -> None:
        began = time.monotonic()
        copy.lock(self._say)
        copy.check_rows()
        self._say("What is written to the source from now on is not copied: the box office must be closed.")
        copied = copy.run(self._say)
        self._say(f"{copied} rows copied in {time.monotonic() - began:.1f} s")

    def _compare(self, copy: Copy) -> None:
        compared = copy.compare()
        for one in compared:
            ours, theirs = one.checksums
            told = f"the same, {ours[:16]}" if one.same else f"DIFFERS: {one.difference}"
            self._say(f"{one.table:36} {one.rows[0]:>9} {one.rows[1]:>9}  {told}")
        if wrong := [one for one in compared if not one.same]:
            raise CommandError(
                f"{len(wrong)} of {len(compared)} tables differ from the source: {wrong[0].difference}."
            )
        self._say(f"{len(compared)} tables: rows and checksums are the same on both sides.")

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
