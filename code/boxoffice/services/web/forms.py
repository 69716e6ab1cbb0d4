from django import forms

from boxoffice.contexts.catalog.contracts import EventContract
from boxoffice.contexts.inventory.contracts import MOST_SEATS

LONGEST_PASSWORD = 4096  # accounts reads no longer ones: whoever could register with one could not log in


class SearchForm(forms.Form):
    q = forms.CharField(label="Search by title", max_length=100, required=False)


class LoginForm(forms.Form):
    username = forms.CharField(label="E-mail address", max_length=254)
    password = forms.CharField(widget=forms.PasswordInput, strip=False, max_length=LONGEST_PASSWORD)


class RegisterForm(forms.Form):
    """What accounts wants to know; what is wrong with it, accounts says."""

    email = forms.EmailField(label="E-mail address", max_length=150)
    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)
    password1 = forms.CharField(
        label="Password", widget=forms.PasswordInput, strip=False, max_length=LONGEST_PASSWORD
    )
    password2 = forms.CharField(
        label="Password confirmation",
        widget=forms.PasswordInput,
        strip=False,
        max_length=LONGEST_PASSWORD,
    )

    def refuse(self, fields: dict[str, list[str]]) -> None:
        """Show the sentences that accounts gave, each at its field."""
        for name, sentences in fields.items():
            self.add_error(name if name in self.fields else None, sentences)


class HoldForm(forms.Form):
    """Seats wanted of one event."""

    band = forms.TypedChoiceField(
        coerce=int,
        error_messages={
            "required": "Choose a price band.",
            "invalid_choice": "There is no such price band.",
        },
    )
    quantity = forms.IntegerField(
        min_value=1,
        max_value=MOST_SEATS,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), f"Choose between 1 and {MOST_SEATS} seats."
        ),
    )

    def __init__(self, event: EventContract, data):
        super().__init__(data)
        self.fields["band"].choices = [(str(band.id), band.name) for band in event.bands]

    def sentences(self) -> list[str]:
        return [sentence for sentences in self.errors.values() for sentence in sentences]
