from django.contrib import admin

from monolith.inventory.models import Hold


@admin.register(Hold)
class HoldAdmin(admin.ModelAdmin):
    """To look at: holds are made, paid for and given back on the public pages alone."""

    list_display = ["reference", "band", "buyer", "quantity", "state", "expires_at"]
    list_filter = ["state"]
    list_select_related = ["band__event", "buyer"]
    search_fields = ["reference", "buyer__email", "band__event__title"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
