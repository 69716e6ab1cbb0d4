from django import forms


class SearchForm(forms.Form):
    q = forms.CharField(label="Search by title", max_length=100, required=False)
