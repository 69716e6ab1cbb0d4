from boxoffice.chassis.fields import Input, PageNumber, Text, Whole


class NewCheckout(Input):
    band_id = Whole()
    quantity = Whole(min_value=1, max_value=10)


class Slice(Input):
    cursor = Text(max_length=200, default="", help_text="`next_cursor` of the slice before")
    size = Whole(min_value=1, max_value=100, default=20)


class Page(Input):
    page = PageNumber()
