from django import forms
from django.contrib.auth.forms import BaseUserCreationForm

from boxoffice.contexts.accounts.models import User


class RegisterForm(BaseUserCreationForm):
    # the address becomes the username, which is shorter than an address may be
    email = forms.EmailField(label="E-mail address", max_length=150)

    class Meta:
        model = User
        fields = ["email", "first_name", "last_name"]

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError("There is an account with this address already.")
        return email

    def save(self, commit=True):
        self.instance.username = self.cleaned_data["email"]
        return super().save(commit)
