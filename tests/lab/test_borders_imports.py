"""Imports that cross an app's border: which count, as what, and which do not."""

from collections import Counter

import pytest

from lab.borders import borders, compare, cross_app_imports
from lab.borders.cycles import closing, components, cycles
from lab.borders.imports import Import

CONFIG = "from django.apps import AppConfig\nclass Config(AppConfig):\n    name = 'shop.{0}'\n"
SHOP = {
    "shop.__init__": "",
    "shop.utils": "",
    **{f"shop.{app}.__init__": "" for app in ("catalog", "orders", "stock")},
    **{f"shop.{app}.apps": CONFIG.format(app) for app in ("catalog", "orders", "stock")},
    "shop.catalog.models": "from django.db import models\n",
    "shop.catalog.facade": "",
    "shop.catalog.contracts.__init__": "",
    "shop.catalog.contracts.events": "",
    "shop.stock.models": "",
}


def found(module: str, source: str, **more: str) -> list[tuple]:
    files = {**SHOP, module: source, **more}
    name = module.removesuffix(".__init__")
    return [(each.imported, each.kind) for each in cross_app_imports(files) if each.module == name]


@pytest.mark.parametrize(
    "source",
    [
        "from shop.catalog.models import Event",
        "from shop.catalog.models import Event, Band as B",
        "from shop.catalog.models import *",
        "import shop.catalog.models",
        "import shop.catalog.models as c",
        "from shop.catalog import models",
        "from shop.catalog import models as c",
        "from ..catalog.models import Event",
        "from ..catalog import models",
        "try:\n    from shop.catalog import models\nexcept ImportError:\n    models = None",
        "try:\n    x = 1\nexcept ImportError:\n    from shop.catalog import models",
        "try:\n    x = 1\nfinally:\n    from shop.catalog import models",
        "with x:\n    from shop.catalog import models",
        "for x in y:\n    pass\nelse:\n    from shop.catalog import models",
        "match x:\n    case 1:\n        from shop.catalog import models",
        "class A:\n    from shop.catalog import models",
        "import importlib\nm = importlib.import_module('shop.catalog.models')",
        "from importlib import import_module\nm = import_module('..catalog.models', __package__)",
        "from django.utils.module_loading import import_string\ni = import_string('shop.catalog.models.Event')",
        "if TYPE_CHECKING:\n    pass\nelse:\n    from shop.catalog import models",
    ],
)
def test_an_import_counts_however_it_is_written(source):
    assert found("shop.orders.checkout", source) == [("shop.catalog.models", "module")]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("def f():\n    from shop.catalog import models", "function"),
        ("async def f():\n    if x:\n        import shop.catalog.models", "function"),
        ("class A:\n    def f(self):\n        from ..catalog import models", "function"),
        ("def f():\n    return import_module('shop.catalog.models')", "function"),
        ("if TYPE_CHECKING:\n    from shop.catalog import models", "typing"),
        ("if TYPE_CHECKING:\n    def f():\n        from shop.catalog import models", "typing"),
        ("import typing\nif typing.TYPE_CHECKING:\n    from shop.catalog import models", "typing"),
        ("from django.apps import apps\nE = apps.get_model('catalog', 'Event')", "registry"),
        ("def f():\n    return get_model('catalog.Event')", "registry"),
        ("x = [a.get_model(app_label='catalog', model_name='Event') for a in b]", "registry"),
    ],
)
def test_the_kind_says_how_it_hides(source, kind):
    assert found("shop.orders.checkout", source) == [("shop.catalog.models", kind)]


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        ("shop.orders.tests", "test"),
        ("shop.orders.test_checkout", "test"),
        ("shop.orders.tests.util", "test"),
        ("shop.orders.conftest", "test"),
        ("shop.orders.factories", "test"),
        ("shop.orders.migrations.0002_more", "migration"),
        ("shop.orders.migrations.__init__", "migration"),
        ("shop.orders.latest", "module"),
        ("shop.orders.contest", "module"),
    ],
)
def test_the_kind_says_whether_a_test_or_a_migration_imports(module, kind):
    assert found(module, "from shop.catalog import models") == [("shop.catalog.models", kind)]
    assert found(module, "def f():\n    from shop.catalog import models") == [
        ("shop.catalog.models", kind if kind != "module" else "function")
    ]


@pytest.mark.parametrize(
    "source",
    [
        "from shop.orders.models import Order",
        "from . import models, views",
        "from .models import Order",
        "from shop.utils import x",
        "from .. import utils",
        "import shop",
        '"""import shop.catalog.models"""',
        "# from shop.catalog import models",
        "import json, django.db",
        "x = 'from shop.catalog import models'",
        "get_model('orders', 'Order')",
        "get_model(label, 'Event')",
        "import_module(name)",
        "import_module()",
        "from ..... import catalog",
    ],
)
def test_what_is_the_apps_own_or_nobodys_or_only_text_does_not_count(source):
    assert found("shop.orders.checkout", source) == []


def test_relative_imports_of_a_package_start_in_the_package():
    assert found("shop.orders.__init__", "", **{"shop.orders.x": ""}) == []
    files = {
        **SHOP,
        "shop.orders.__init__": "from . import models\nfrom .. import catalog\nfrom ..stock import models\n",
    }
    assert [(each.line, each.imported) for each in cross_app_imports(files)] == [
        (2, "shop.catalog"),
        (3, "shop.stock.models"),
    ]


def test_a_statement_counts_once_for_each_module_it_imports():
    source = "from shop.catalog import models, facade\nfrom shop.catalog.models import A, B\n"
    assert found("shop.orders.checkout", source) == [
        ("shop.catalog.facade", "module"),
        ("shop.catalog.models", "module"),
        ("shop.catalog.models", "module"),
    ]


def test_what_comes_through_a_door_is_no_internal():
    source = """
from shop.catalog import facade
from shop.catalog.facade import get_event
from shop.catalog.contracts import EventContract
from shop.catalog.contracts.events import EventContract
from shop.catalog import facades
from shop.catalog.models import facade
import shop.catalog.views.contracts
"""
    files = {**SHOP, "shop.orders.checkout": source}
    assert [(each.line, each.door) for each in cross_app_imports(files)] == [
        *((n, True) for n in (2, 3, 4, 5)),
        *((n, False) for n in (6, 7, 8)),
    ]
    assert borders(files=files).counts()["imports of internals"] == 3


def test_tests_and_migrations_reach_behind_doors_without_being_counted():
    names = ["tests", "migrations.0001_initial", "views"]
    files = {**SHOP, **{f"shop.orders.{name}": "import shop.catalog.models" for name in names}}
    look = borders(files=files)
    assert look.kinds() == {"module": 1, "test": 1, "migration": 1}
    assert [each.module for each in look.internals] == ["shop.orders.views"]


def test_a_file_that_does_not_parse_is_told_of_and_the_rest_is_counted():
    files = {**SHOP, "shop.orders.a": "def broken(:\n", "shop.orders.b": "import shop.catalog.models\n"}
    look = borders(files=files)
    assert [str(problem) for problem in look.problems] == [
        "shop.orders.a: does not parse, line 1: invalid syntax"
    ]
    assert len(look.imports) == 1
    assert "Could not be read: shop.orders.a" in repr(look)
    nul = borders(files={**SHOP, "shop.orders.a": "x = '\0'"})
    assert [problem.path for problem in nul.problems] == ["shop.orders.a"]


def test_names_may_be_given_as_paths():
    files = {name.replace(".", "/") + ".py": text for name, text in SHOP.items()}
    files["shop/orders/views.py"] = "from ..catalog import models"
    (only,) = cross_app_imports(files)
    assert (only.module, only.imported, only.place) == (
        "shop.orders.views",
        "shop.catalog.models",
        "shop/orders/views.py:1",
    )


def test_an_import_of_a_module_that_is_not_there_still_leads_to_its_app():
    assert found("shop.orders.views", "from shop.catalog.gone.deep import x") == [
        ("shop.catalog.gone.deep", "module")
    ]


# apps


def apps(files: dict) -> list[tuple]:
    return [(app.label, app.package) for app in borders(files=files).apps]


def test_an_app_is_what_has_a_config_or_models_or_migrations_and_its_label_is_the_configs():
    model = "from django.db import models\nclass A(models.Model):\n    pass\n"
    files = {
        "a.apps": "class A(AppConfig):\n    name = 'a'\n    label = 'alpha'\n",
        "b.models": model,
        "c.models.__init__": "",
        "c.models.parts": model,
        "d.migrations.0001_initial": "",
        "e.models": "from pydantic import BaseModel\nclass A(BaseModel):\n    pass\n",
        "f.views": "",
        "g.apps": "class Base(AppConfig):\n    label = 'no'\nclass G(Base, AppConfig):\n    default = True\n    label = 'yes'\n",
        "h.models": "",
        "conf.settings": "INSTALLED_APPS = ['django.contrib.admin', 'h', 'f']\n",
        "i.models": "from django import forms\nclass A(forms.ModelForm):\n    pass\n",
    }
    assert apps(files) == [("alpha", "a"), ("b", "b"), ("c", "c"), ("d", "d"), ("h", "h"), ("yes", "g")]


def test_a_module_belongs_to_the_innermost_app():
    files = {
        **SHOP,
        "shop.orders.returns.apps": CONFIG.format("orders.returns"),
        "shop.orders.returns.views": "from shop.orders import models\nfrom shop.orders.returns import x\n",
        "shop.orders.views": "from shop.orders.returns import views\n",
    }
    assert [(each.app, each.to_app) for each in cross_app_imports(files)] == [
        ("orders", "returns"),
        ("returns", "orders"),
    ]


def test_two_apps_with_one_label_are_called_by_their_packages():
    files = {f"{top}.orders.apps": CONFIG.format("orders") for top in ("shop", "admin")}
    look = borders(files=files)
    assert [app.label for app in look.apps] == ["admin.orders", "shop.orders"]
    assert any("share a label" in note for note in look.notes)


def test_apps_of_tests_are_left_out_and_named_unless_wanted():
    files = {
        **SHOP,
        "tests.shelf.apps": CONFIG.format("shelf"),
        "tests.shelf.views": "import shop.orders.models",
    }
    look = borders(files=files)
    assert [app.label for app in look.apps] == ["catalog", "orders", "stock"]
    assert look.imports == () and "Left out, as serving tests alone: tests.shelf." in look.notes
    assert [app.label for app in borders(files=files, tests=True).apps] == [
        "catalog",
        "orders",
        "shelf",
        "stock",
    ]


def test_a_project_that_is_called_tests_is_not_all_tests():
    files = {name.replace("shop", "tests"): text for name, text in SHOP.items()}
    files["tests.orders.views"] = "from ..catalog import models"
    assert [each.kind for each in cross_app_imports(files)] == ["module"]


def test_a_name_of_the_standard_library_is_the_projects_only_if_an_app_has_it():
    files = {
        "profile.apps": CONFIG.format("profile"),
        "orders.apps": CONFIG.format("orders"),
        "orders.views": "import profile\nimport json.decoder\n",
        "json.decoder": "",
    }
    look = borders(files=files)
    assert [each.imported for each in look.imports] == ["profile"] and look.shared == ()


@pytest.mark.parametrize(
    "hint",
    [
        {"shop.manage": ""},
        {"shop.conf": "import sys\nsys.path.insert(0, os.path.join(BASE, 'shop'))"},
        {"shop.conf": "import sys\nsys.path.append(str(BASE / 'code' / 'shop'))"},
    ],
)
def test_imports_from_inside_a_package_count_where_that_is_on_the_path(hint):
    files = {**SHOP, "shop.orders.views": "from catalog.models import Event"}
    assert cross_app_imports(files) == ()
    assert [each.imported for each in cross_app_imports({**files, **hint})] == ["shop.catalog.models"]


# shared


def test_shared_modules_are_ranked_by_how_many_apps_lean_on_them():
    files = {
        **SHOP,
        "shop.rare": "",
        "shop.orders.a": "from shop import utils",
        "shop.orders.b": "from shop.utils import x\nimport shop.rare",
        "shop.catalog.a": "from ..utils import x",
        "shop.stock.tests": "from shop.utils import x",
    }
    look = borders(files=files)
    assert [(each.module, each.apps, each.importers) for each in look.shared] == [
        ("shop.utils", ("catalog", "orders"), ("shop.catalog.a", "shop.orders.a", "shop.orders.b")),
        ("shop.rare", ("orders",), ("shop.orders.b",)),
    ]
    assert look.counts()["apps importing the busiest shared module"] == 2


# cycles


def made(*arrows: str, kind: str = "module") -> list[Import]:
    """Imports from "a b": a imports b."""
    pairs = [arrow.split() for arrow in arrows]
    return [
        Import(a, f"{a}.views", n, b, f"{b}.models", kind, False, f"{a}.py") for n, (a, b) in enumerate(pairs)
    ]


def test_a_cycle_is_written_as_the_shortest_way_around_with_the_imports_that_make_it():
    (cycle,) = cycles(made("c a", "a b", "b c", "b a", "a d", "e a") + made("a b", kind="test"))
    assert cycle.apps == ("a", "b", "c")
    assert str(cycle) == "a → b → a; a → b → c → a"
    assert [(each.app, each.to_app) for each in cycle.imports] == [("a", "b"), ("b", "a")]


def test_cycles_come_apart_when_their_apps_do_the_largest_first():
    assert [cycle.apps for cycle in cycles(made("a b", "b a", "b c", "c d", "d e", "e c"))] == [
        ("c", "d", "e"),
        ("a", "b"),
    ]


@pytest.mark.parametrize("kind", ["test", "migration"])
def test_what_tests_and_migrations_import_makes_no_cycle(kind):
    assert cycles([*made("a b"), *made("b a", kind=kind)]) == ()
    assert cycles([*made("a b"), *made("b a", kind="function")]) != ()


def test_without_the_arrows_that_close_a_cycle_there_is_none_and_they_are_the_thin_ones():
    graph = {
        "a": {"b": 8, "c": 1},
        "b": {"a": 1},
        "c": {"a": 1, "d": 2},
        "d": {"c": 9, "a": 1},
        "e": {"a": 1},
    }
    back = closing(graph)
    assert ("b", "a") in back and ("a", "b") not in back and ("d", "c") not in back
    left = {a: {b: n for b, n in below.items() if (a, b) not in back} for a, below in graph.items()}
    assert [len(component) for component in components(left)] == [1] * 5


def test_a_long_chain_of_apps_is_no_trouble():
    assert cycles(made(*(f"a{n} a{n + 1}" for n in range(5000)))) == ()


# the monolith, counted by hand


@pytest.fixture(scope="module")
def monolith():
    return borders("code/monolith")


def test_of_the_monolith_every_arrow_has_the_number_that_was_counted_by_hand(monolith):
    assert Counter((each.app, each.to_app) for each in monolith.internals) == {
        ("orders", "catalog"): 8,
        ("orders", "inventory"): 5,
        ("orders", "payments"): 4,
        ("catalog", "inventory"): 4,
        ("orders", "accounts"): 2,
        ("orders", "notifications"): 1,
        ("catalog", "orders"): 1,
        ("notifications", "orders"): 1,
        ("reporting", "orders"): 1,
        ("reporting", "payments"): 1,
    }
    assert monolith.kinds() == {"module": 27, "function": 1, "test": 12}


def test_of_the_monolith_the_headline_numbers(monolith):
    assert monolith.counts() == {
        "imports of internals": 28,
        "imports in functions": 1,
        "cycles": 1,
        "apps in cycles": 3,
        "foreign keys": 8,
        "apps importing the busiest shared module": 7,
    }
    assert str(monolith.cycles[0]) == "catalog → orders → catalog; notifications → orders → notifications"
    assert monolith.shared[0].module == "monolith.utils"
    assert monolith.problems == monolith.notes == ()


def test_of_the_monolith_the_hidden_import_is_the_one_that_closes_the_cycle(monolith):
    (hidden,) = [each for each in monolith.imports if each.kind == "function"]
    assert (hidden.place, hidden.imported) == ("catalog/views.py:29", "monolith.orders.sales")


# tables


def test_it_is_shown_as_a_table_and_in_words(monolith):
    assert "imports of internals                         28  most: orders → catalog, 8" in repr(monolith)
    assert "| imports of internals | 28 | most: orders → catalog, 8 |" in monolith._repr_markdown_()
    assert '<td style="text-align:right">28</td>' in monolith._repr_html_()


def test_what_a_project_calls_things_cannot_break_out_of_a_table():
    files = {
        "a.apps": "class A(AppConfig):\n    label = '<b>|x'\n",
        "b.apps": CONFIG.format("b"),
        "b.v": "from a.views import x",
    }
    look = borders(files=files)
    assert look.counts()["imports of internals"] == 1
    assert "<b>" not in look._repr_html_() and "→ \\<b>\\|x" in look._repr_markdown_()


def test_two_looks_are_compared_number_by_number():
    before = {**SHOP, "shop.orders.a": "import shop.catalog.models\ndef f():\n    import shop.catalog.models"}
    after = {**SHOP, "shop.orders.a": "import shop.catalog.facade"}
    told = compare(borders(files=before), borders(files=after))
    assert told.rows["imports of internals"] == (2, 0) and told.rows["cycles"] == (0, 0)
    assert "| imports of internals | 2 | 0 | −2 |" in told._repr_markdown_()
    assert "| cycles | 0 | 0 | the same |" in told._repr_markdown_()
    assert "imports of internals                          2 → 0    −2" in repr(told)


def test_the_same_files_in_another_order_give_the_same():
    files = {
        **SHOP,
        **{
            f"shop.{a}.v{n}": f"import shop.{b}.models"
            for n, (a, b) in enumerate([("orders", "stock"), ("stock", "orders"), ("stock", "catalog")])
        },
    }
    backwards = dict(reversed(list(files.items())))
    one, other = borders(files=files), borders(files=backwards)
    assert one == other and repr(one) == repr(other) and one.svg() == other.svg()


def test_a_path_or_files_but_not_both():
    with pytest.raises(TypeError):
        borders()
    with pytest.raises(TypeError):
        borders("code/monolith", files={})
