from boxoffice.chassis.fields import Amount, Input, Numbers, Text, Whole


class Key(Input):
    key = Text(max_length=80)


class Settlement(Key):
    order_id = Whole()


class Charge(Settlement):
    amount = Amount()
    reference = Text(max_length=200)


class OrderIds(Input):
    order_ids = Numbers()
