"""The documentation page of a service, in a real browser: it works, and loads nothing from another host."""

import pytest

from lab import Stack


@pytest.fixture(scope="module")
def stack():
    with Stack(arrangement="apart:catalog", env={"LAB": "1"}, seed=False, name="api-pages") as started:
        yield started


def test_each_operation_of_the_service_is_on_its_page_and_all_of_it_is_its_own(stack, browser):
    page = browser.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{stack.url('catalog')}/api/docs")
    page.wait_for_selector(".opblock")
    shown = {block.inner_text() for block in page.query_selector_all(".opblock-summary-path")}
    page.close()
    paths = ["events", "events/{event_id}", "events/batch", "events/by-slug/{slug}", "programme", "offers"]
    # the page may break a long address with zero-width spaces
    assert {path.replace("\u200b", "") for path in shown} == {f"/api/v1/{path}" for path in paths}
    assert complaints == []
    assert all(url.startswith((stack.url("catalog"), "data:", "blob:")) for url in asked)
