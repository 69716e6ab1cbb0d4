from django.contrib import admin

from boxoffice.contexts.inventory.models import Hold


@admin.register(Hold)
class HoldAdmin(admin.ModelAdmin):
    """To look at: holds are made, paid for and given back on the public pages alone."""

    list_display = ["reference", "band_id", "buyer_id", "quantity", "state", "expires_at"]
    list_filter = ["state"]
    search_fields = ["reference", "=band_id", "=buyer_id"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False  # an order looks for its hold when it is refunded, and no foreign key says so
