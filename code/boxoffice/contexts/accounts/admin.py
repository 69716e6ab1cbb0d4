from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin

from boxoffice.contexts.accounts.models import Organiser, User


@admin.register(User)
class UserAdmin(StockUserAdmin):
    list_display = ["email", "first_name", "last_name", "is_active", "is_staff", "date_joined"]
    ordering = ["email"]
    add_fieldsets = [
        (None, {"fields": ["username", "email", "usable_password", "password1", "password2"]}),
    ]


@admin.register(Organiser)
class OrganiserAdmin(admin.ModelAdmin):
    list_display = ["name", "vat_number", "user"]
    list_select_related = ["user"]
    search_fields = ["name", "vat_number", "user__email"]
    autocomplete_fields = ["user"]
