from django import forms

from monolith.inventory.models import MOST_SEATS


class HoldForm(forms.Form):
    """Seats wanted of one event."""

    band = forms.ModelChoiceField(
        queryset=None, error_messages={"invalid_choice": "There is no such price band."}
    )
    quantity = forms.IntegerField(
        min_value=1,
        max_value=MOST_SEATS,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), f"Choose between 1 and {MOST_SEATS} seats."
        ),
    )

    def __init__(self, event, data):
        super().__init__(data)
        self.fields["band"].queryset = event.bands.select_related("event")
        self.fields["band"].error_messages["required"] = "Choose a price band."

    def sentences(self) -> list[str]:
        return [sentence for sentences in self.errors.values() for sentence in sentences]
