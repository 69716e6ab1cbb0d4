"""Foreign keys across app borders: what the source tells, and what Django's registry has."""

import json
import os
import subprocess
import sys

import pytest

from lab.borders import from_source
from lab.checks.judge import environment
from lab.home import ROOT

CONFIG = "from django.apps import AppConfig\nclass Config(AppConfig):\n    name = 'shop.{0}'\n"
BASE = {
    **{f"shop.{app}.apps": CONFIG.format(app) for app in ("catalog", "orders", "people")},
    "shop.catalog.models": "from django.db import models\nclass Event(models.Model):\n    pass\n",
    "shop.people.models": "from django.contrib.auth.models import AbstractUser\nclass User(AbstractUser):\n    pass\n",
    "shop.settings": "AUTH_USER_MODEL = 'people.User'\n",
}
HEAD = "from django.conf import settings\nfrom django.db import models\n"


def keys(source: str, **more: str) -> list[str]:
    return [str(each) for each in from_source({**BASE, "shop.orders.models": HEAD + source, **more})]


def field(code: str, before: str = "") -> list[str]:
    return keys(f"{before}\nclass Order(models.Model):\n    event = {code}\n")


TO_EVENT = ["orders.Order.event → catalog.Event (ForeignKey, CASCADE)"]


@pytest.mark.parametrize(
    ("code", "before"),
    [
        ("models.ForeignKey('catalog.Event', models.CASCADE)", ""),
        ("models.ForeignKey('catalog.Event', on_delete=models.CASCADE, related_name='x')", ""),
        ("models.ForeignKey(to='catalog.Event', on_delete=CASCADE)", "from django.db.models import CASCADE"),
        ("ForeignKey('catalog.Event', models.CASCADE)", "from django.db.models import ForeignKey"),
        ("models.ForeignKey(Event, models.CASCADE)", "from shop.catalog.models import Event"),
        ("models.ForeignKey(Show, models.CASCADE)", "from ..catalog.models import Event as Show"),
        ("models.ForeignKey(c.Event, models.CASCADE)", "from shop.catalog import models as c"),
        ("models.ForeignKey(shop.catalog.models.Event, models.CASCADE)", "import shop.catalog.models"),
        ("models.ForeignKey(Event, models.CASCADE)", "from shop.catalog.models import *"),
    ],
)
def test_a_target_is_found_as_a_label_or_as_a_class(code, before):
    assert field(code, before) == TO_EVENT


def test_the_kinds_and_what_happens_on_deletion():
    source = """
class Order(models.Model):
    a = models.OneToOneField('catalog.Event', on_delete=models.PROTECT)
    b = models.ManyToManyField('catalog.Event', related_name='x')
    c = models.ForeignKey('catalog.Event', on_delete=models.SET(x))
    d: models.ForeignKey = models.ForeignKey('catalog.Event', on_delete=models.SET_NULL, null=True)
    e = TreeForeignKey('catalog.Event', on_delete=models.DO_NOTHING)
"""
    assert keys(source) == [
        "orders.Order.a → catalog.Event (OneToOneField, PROTECT)",
        "orders.Order.b → catalog.Event (ManyToManyField)",
        "orders.Order.c → catalog.Event (ForeignKey, SET)",
        "orders.Order.d → catalog.Event (ForeignKey, SET_NULL)",
        "orders.Order.e → catalog.Event (TreeForeignKey, DO_NOTHING)",
    ]


@pytest.mark.parametrize(
    "code",
    [
        "models.ForeignKey('Event', models.CASCADE)",
        "models.ForeignKey('orders.Event', models.CASCADE)",
        "models.ForeignKey('self', models.CASCADE)",
        "models.ForeignKey('auth.Group', models.CASCADE)",
        "models.ForeignKey(get_target(), models.CASCADE)",
        "models.ForeignKey(Unknown, models.CASCADE)",
        "GenericForeignKey('content_type', 'object_id')",
        "models.CharField('catalog.Event')",
        "forms.ModelChoiceField('catalog.Event')",
    ],
)
def test_what_stays_in_the_app_or_leads_out_of_the_project_is_no_key_across(code):
    assert field(code) == []


@pytest.mark.parametrize(
    ("code", "before"),
    [
        ("models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)", ""),
        ("models.ForeignKey(AUTH_USER_MODEL, models.CASCADE)", "from shop.compat import AUTH_USER_MODEL"),
        ("models.ForeignKey(get_user_model(), models.CASCADE)", ""),
        ("models.ForeignKey(User, models.CASCADE)", "User = get_user_model()"),
    ],
)
def test_the_user_model_is_the_one_the_settings_name(code, before):
    assert field(code, before) == ["orders.Order.event → people.User (ForeignKey, CASCADE)"]


def test_without_a_literal_in_the_settings_the_user_is_djangos_own():
    files = {
        **BASE,
        "shop.settings": "",
        "shop.orders.models": HEAD
        + "class Order(models.Model):\n    u = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)\n",
    }
    assert from_source(files) == ()


def test_a_field_of_an_abstract_model_is_its_heirs_wherever_they_stand():
    source = """
class Base(models.Model):
    event = models.ForeignKey('catalog.Event', models.CASCADE)
    class Meta:
        abstract = True
class Middle(Base):
    class Meta:
        abstract = True
class Order(Middle):
    pass
class Proxy(Order):
    class Meta:
        proxy = True
class Other(Middle):
    event = models.IntegerField()
"""
    heir = "from shop.orders import models as o\nclass Guest(o.Base):\n    pass\n"
    assert keys(source, **{"shop.people.guests": heir}) == [
        *TO_EVENT,
        "people.Guest.event → catalog.Event (ForeignKey, CASCADE)",
    ]


@pytest.mark.parametrize("mixin", ["class Mixin:", "class Mixin(object):"])
def test_a_plain_mixin_gives_no_field_as_django_takes_none_from_it(mixin):
    source = f"""
{mixin}
    event = models.ForeignKey('catalog.Event', models.CASCADE)
class Order(Mixin, models.Model):
    pass
"""
    assert keys(source) == []


def test_a_field_of_an_abstract_model_that_nobody_inherits_is_its_own():
    source = "class Order(models.Model):\n    event = models.ForeignKey('catalog.Event', models.CASCADE)\n    class Meta:\n        abstract = True\n"
    assert keys(source) == TO_EVENT


def test_a_model_that_extends_another_apps_model_has_a_hidden_key():
    source = "from shop.catalog.models import Event\nclass Gala(Event):\n    pass\nclass Proxy(Event):\n    class Meta:\n        proxy = True\n"
    assert keys(source) == ["orders.Gala.event_ptr → catalog.Event (OneToOneField, CASCADE)"]


@pytest.mark.parametrize(
    ("module", "base", "number"),
    [
        ("models", "Model", 1),
        ("models", "TranslatableModel", 1),
        ("abstract_models", "MPTTModel", 1),
        ("entities", "Model", 1),
        ("models", "BaseModel", 0),
        ("schemas", "BodyModel", 0),
        ("models", "Schema", 0),
    ],
)
def test_a_class_of_another_app_is_a_parent_only_if_it_is_a_model(module, base, number):
    more = {f"shop.catalog.{module}": f"from somewhere import {base}\nclass Event({base}):\n    pass\n"}
    source = f"from shop.catalog.{module} import Event\nclass Gala(Event):\n    pass\n"
    assert len(keys(source, **more)) == number


def test_the_place_is_that_of_the_field():
    files = {
        **BASE,
        "shop.orders.models": HEAD
        + "class Order(models.Model):\n    e = models.ForeignKey('catalog.Event',\n        models.CASCADE)\n",
    }
    (only,) = from_source(files)
    assert (only.place, only.module, only.app, only.to_app) == (
        "shop.orders.models:4",
        "shop.orders.models",
        "orders",
        "catalog",
    )


def test_migrations_and_tests_have_no_models_of_their_own():
    model = HEAD + "class A(models.Model):\n    e = models.ForeignKey('catalog.Event', models.CASCADE)\n"
    assert (
        from_source({**BASE, "shop.orders.tests.models": model, "shop.orders.migrations.0001_a": model}) == ()
    )


BOTH = """
import json, django
django.setup()
from lab.borders import borders, from_meta
source = borders(PATH).relations
told = {"meta": [str(each) for each in from_meta()], "source": [str(each) for each in source],
        "equal": set(from_meta()) == set(source)}
print(json.dumps(told))
"""


def both(path: str, env: dict) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", BOTH.replace("PATH", repr(path))], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_of_the_monolith_the_source_and_the_registry_tell_the_same_eight():
    told = both("code/monolith", environment("/nowhere.sqlite3"))
    assert told["meta"] == told["source"] == [
        "inventory.Allotment.band → catalog.PriceBand (OneToOneField, CASCADE)",
        "inventory.Hold.band → catalog.PriceBand (ForeignKey, CASCADE)",
        "inventory.Hold.buyer → accounts.User (ForeignKey, SET_NULL)",
        "notifications.Notification.recipient → accounts.User (ForeignKey, SET_NULL)",
        "orders.Order.buyer → accounts.User (ForeignKey, CASCADE)",
        "orders.OrderLine.band → catalog.PriceBand (ForeignKey, PROTECT)",
        "orders.OrderLine.hold → inventory.Hold (OneToOneField, PROTECT)",
        "payments.Payment.order → orders.Order (ForeignKey, CASCADE)",
    ]  # fmt: skip
    assert told["equal"]


def test_of_a_twisted_project_the_source_and_the_registry_tell_the_same(tmp_path):
    models = {
        "catalog": "class Event(models.Model):\n    pass\nclass Tagged(models.Model):\n    tags = models.ManyToManyField('Event')\n",
        "orders": """
from catalog.models import Event, Tagged as T
class Base(models.Model):
    event = models.ForeignKey(Event, on_delete=models.SET(None), null=True)
    class Meta:
        abstract = True
class Order(Base):
    seen = models.ManyToManyField(T)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
class Gala(Event):
    pass
class Proxy(Order):
    class Meta:
        proxy = True
""",
        "people": "from django.contrib.auth.models import AbstractUser\nclass User(AbstractUser):\n    best = models.OneToOneField('orders.Order', models.DO_NOTHING, related_name='+')\n",
    }
    for app, source in models.items():
        (tmp_path / app).mkdir()
        (tmp_path / app / "__init__.py").touch()
        (tmp_path / app / "models.py").write_text(HEAD + source)
    installed = ["django.contrib.contenttypes", "django.contrib.auth", *models]
    (tmp_path / "conf.py").write_text(
        f"INSTALLED_APPS = {installed}\nAUTH_USER_MODEL = 'people.User'\nSECRET_KEY = 'x'\n"
    )
    path = f"{tmp_path}{os.pathsep}{ROOT / 'code'}"
    env = {**environment("/nowhere"), "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "conf"}
    told = both(str(tmp_path), env)
    assert told["meta"] == told["source"] and len(told["meta"]) == 5
    assert "orders.Gala.event_ptr → catalog.Event (OneToOneField, CASCADE)" in told["meta"]
