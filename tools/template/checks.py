"""What the answers of chapter {{number}} must do."""

from datetime import UTC, datetime, timedelta

from lab.checks import Exercise, queries, reject

# The world that answers meet. Django is set up by the time a check runs, so its imports stand inside.


def programme(count: int) -> list[str]:
    """So many events, entered in another order than that of their dates; their titles by date.

    Two have one title. What else could an answer get wrong? Put it into the world, and it shows.
    """
    from monolith.catalog.models import Event, Venue

    house, _ = Venue.objects.get_or_create(name="The Lantern", city="Leeds", address="1 Mill Lane")
    for number in range(count):
        Event.objects.create(
            venue=house,
            title="Evening 0" if number == 2 else f"Evening {number}",
            slug=f"evening-{number}",
            starts_at=datetime(2040, 1, 1, 20, tzinfo=UTC) - timedelta(days=number),
        )
    return [event.title for event in Event.objects.order_by("starts_at", "pk")]


# {{number}}.1 --------------------------------------------------------------------------------------------

all_titles = Exercise(
    number="{{number}}.1",
    title="All the titles at once",
    kind="fix",
    minutes=5,
    provides=("titles",),
    review="One answer asks for rows, the other for objects. Which one is still right when the page needs the venue, too?",
)


@all_titles.requirement(
    "R1",
    "the titles of all events, by date",
    hints=(
        "The first hint is a question: what does the stub give when two events have one title?",
        "The second says where to look: at the order of the events, and at how many there are.",
        "The third gives the answer's shape, never the answer: a list with one string for each event.",
    ),
)
def same_titles(answer):
    expected = programme(5)
    got = answer.titles()
    if got != expected:
        reject(
            "titles() with 5 events, two of one title",
            f"{got!r}",
            f"{expected!r}",
            "Compare the order of the titles, and how many there are. Is a title missing? Is it a list?",
        )


@all_titles.requirement(
    "R2",
    "one query, however many events there are",
    hints=(
        "How many queries does the stub send for three events, and how many for thirty?",
        "Look at what stands in the loop: each turn asks the database again.",
        "Let one query bring what you need of every event, and loop over what came.",
    ),
)
def one_query(answer):
    programme(20)
    with queries() as seen:
        answer.titles()
    if len(seen) != 1:
        reject(
            "titles() with 20 events",
            f"{len(seen)} queries",
            "1 query",
            f"The last one was: {seen[-1][:120] if seen else 'none at all'}. Which line sends it?",
        )
