"""A real worker on PostgreSQL, killed over and over while there is work: each notification has its mail in the end."""

import random
import re
import time
from collections import Counter

import pytest

from lab import Stack
from lab.buyers import Buyer

pytestmark = pytest.mark.usefixtures("needs_redis")
KILLS, PURCHASES = 30, 30

COUNT = """
from collections import Counter
from django_tasks_db.models import DBTaskResult as Row
from boxoffice.contexts.notifications.models import Notification

states = dict(Counter(Row.objects.values_list("status", flat=True)))
told = [one.subject.rpartition(" ")[2] for one in Notification.objects.all()]
deaths = sum(name.endswith("(died)") for row in Row.objects.all() for name in row.worker_ids)
tried = sum(len(row.worker_ids) for row in Row.objects.all())
over = set(states) <= {"SUCCESSFUL"}
"""


def mails(folder) -> Counter:
    """How many times each Message-ID was sent."""
    return Counter(
        re.findall(r"^Message-ID: (.+)$", "".join(path.read_text() for path in folder.iterdir()), re.M)
    )


def test_whoever_kills_the_worker_each_order_has_its_mail(tmp_path):
    env = {"MAIL_DIR": str(tmp_path), "TASK_LEASE": "1"}
    with Stack(arrangement="split", events=True, env=env, name="with a worker") as stack:
        buyer = Buyer(stack.front, "buyer001@example.org").log_in()
        stack.kill("notifications-work")
        for _ in range(PURCHASES):
            assert buyer.pay(buyer.hold("the-last-lamplighter"))
        stack.start("notifications-work")
        for _ in range(KILLS):
            time.sleep(random.uniform(0, 0.1))
            stack.kill("notifications-work")
            stack.start("notifications-work")
        until = time.monotonic() + 90
        while not (
            counted := stack.inside("notifications", COUNT, ["states", "told", "deaths", "over"]).values
        )["over"]:
            assert time.monotonic() < until, counted
            time.sleep(0.2)
        sent = mails(tmp_path)
        print(
            counted["states"],
            "workers died over a task:",
            counted["deaths"],
            "mails sent twice",
            sum(sent.values()) - len(sent),
        )
        assert len(counted["told"]) == PURCHASES and counted["deaths"] > KILLS / 5
        assert set(sent) == {f"<{number}.paid@example.org>" for number in counted["told"]}


def test_no_purchase_waits_for_the_mail(tmp_path):
    """The folder for mails is no folder: each attempt fails, buyers notice nothing, and once it is one, the mail is sent."""
    nowhere = tmp_path / "no folder"
    with Stack(
        arrangement="split", events=True, env={"MAIL_DIR": str(nowhere)}, name="without mail"
    ) as stack:
        if nowhere.exists():  # Django may have made it when the worker began
            nowhere.rmdir()
        nowhere.touch()
        buyer = Buyer(stack.front, "buyer001@example.org").log_in()
        assert buyer.pay(buyer.hold("the-last-lamplighter"))
        until = time.monotonic() + 20
        while (counted := stack.inside("notifications", COUNT, ["tried", "over"]).values)["tried"] < 2:
            assert time.monotonic() < until, counted
            time.sleep(0.1)
        assert not counted["over"]
        assert stack.alive("notifications-work")
        nowhere.unlink()
        until = time.monotonic() + 60
        while not (nowhere.is_dir() and mails(nowhere)):
            assert time.monotonic() < until
            time.sleep(0.2)
