from rest_framework import serializers

from boxoffice.chassis.fields import Input, Moment, Numbers, PageNumber, Text, Whole


class Search(Input):
    """Which of the events to come, and where in their list."""

    title = Text(max_length=100, default="", help_text="what the title contains")
    city = Text(max_length=80, default="", help_text="the city of the venue, in full")
    starts_after = Moment(default=None)
    starts_before = Moment(default=None)
    on_sale = serializers.ChoiceField(
        choices=["yes", "no"], default=None, help_text="whether tickets may be bought"
    )
    cursor = Text(max_length=200, default="", help_text="`next_cursor` of the slice before")
    size = Whole(min_value=1, max_value=100, default=20)


class ProgrammePage(Input):
    title = Text(max_length=100, default="")
    page = PageNumber()


class Ids(Input):
    ids = Numbers()
