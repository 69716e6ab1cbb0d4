from django.contrib import admin

from boxoffice.contexts.notifications.models import Preference


@admin.register(Preference)
class PreferenceAdmin(admin.ModelAdmin):
    list_display = ["email", "wants_mail", "updated_at"]
    list_filter = ["wants_mail"]
    search_fields = ["email"]
