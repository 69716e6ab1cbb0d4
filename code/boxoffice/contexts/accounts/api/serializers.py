from boxoffice.chassis.fields import Input, Text


class Credentials(Input):
    email = Text(max_length=254)
    password = Text(max_length=4096)


class Registration(Input):
    """The form's own validation says what is wrong, so that it says the same on every way in."""

    email = Text(max_length=4096, allow_blank=True)
    first_name = Text(max_length=4096, allow_blank=True)
    last_name = Text(max_length=4096, allow_blank=True)
    password1 = Text(max_length=4096, allow_blank=True)
    password2 = Text(max_length=4096, allow_blank=True)


class Refresh(Input):
    refresh = Text(max_length=4096)


class ServiceCredentials(Input):
    name = Text(max_length=40)
    secret = Text(max_length=200)
