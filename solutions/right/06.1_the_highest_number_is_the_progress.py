# idea: the highest number that is here says how far it got; `copied` says whose it is, and whether it was complete
class Refused(Exception):
    """Nothing was written; the text says why."""


class Differs(Exception):
    """The copy came to its end, and the two sides are not the same."""


def copy_venues(old, new, source, portion=100):
    """Bring all venues from one database into another. Both are connections of sqlite3.

    `source` is what the old database is called. Both have a table `venue (id, name, city)`; the new one has
    `copied (source, last_id)` as well, with at most one row a source, to remember what you like.
    """
    known = dict(new.execute("SELECT source, last_id FROM copied"))
    if [name for name in known if name != source]:
        raise Refused("filled from another source")
    if not known:
        if new.execute("SELECT count(*) FROM venue").fetchone()[0]:
            raise Refused("venues of its own")
        new.execute("INSERT INTO copied VALUES (?, 0)", (source,))
        new.commit()
    if known.get(source):  # complete once: bring what differs
        mend(old, new, portion)
    last = new.execute("SELECT max(id) FROM venue").fetchone()[0] or 0
    while True:
        rows = old.execute("SELECT * FROM venue WHERE id > ? ORDER BY id LIMIT ?", (last, portion)).fetchall()
        if not rows:
            break
        new.executemany("INSERT INTO venue VALUES (?, ?, ?)", rows)
        new.commit()
        last = rows[-1][0]
    new.execute("UPDATE copied SET last_id = 1")
    new.commit()
    if everything(old) != everything(new):
        raise Differs


def everything(database):
    return database.execute("SELECT id, name, city FROM venue ORDER BY id").fetchall()


def mend(old, new, portion):
    there, here = set(everything(old)), set(everything(new))
    for number in sorted({row[0] for row in here} - {row[0] for row in there}):
        new.execute("DELETE FROM venue WHERE id = ?", (number,))
    new.commit()
    changed = sorted(there - here)
    for start in range(0, len(changed), portion):
        new.executemany("INSERT OR REPLACE INTO venue VALUES (?, ?, ?)", changed[start : start + portion])
        new.commit()
