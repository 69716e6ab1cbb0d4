from django.contrib import admin, messages
from django.contrib.admin import display

from monolith.notifications.confirmation import send_confirmation
from monolith.orders.models import Order, OrderLine
from monolith.payments.models import Payment


class ReadOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class OrderLineInline(ReadOnlyInline):
    model = OrderLine
    fields = ["band", "quantity", "unit_price", "amount"]
    readonly_fields = ["amount"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("band__event")


class PaymentInline(ReadOnlyInline):
    model = Payment
    fields = ["provider_id", "amount", "state", "created_at"]
    readonly_fields = ["created_at"]


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["number", "email", "events", "state", "total", "placed_at"]
    list_filter = ["state", "placed_at"]
    date_hierarchy = "placed_at"
    search_fields = ["number", "buyer__email", "lines__band__event__title"]
    fields = ["number", "buyer", "buyer_name", "state", "total", "placed_at"]
    readonly_fields = ["number", "buyer", "state", "total", "placed_at"]
    inlines = [OrderLineInline, PaymentInline]
    actions = ["resend_confirmation"]

    def has_add_permission(self, request):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("buyer").prefetch_related("lines__band__event")

    @display(description="buyer", ordering="buyer__email")
    def email(self, order):
        return order.buyer.email

    @display(description="events")
    def events(self, order):
        return ", ".join(line.band.event.title for line in order.lines.all())

    @admin.action(description="Resend the confirmation", permissions=["change"])
    def resend_confirmation(self, request, queryset):
        confirmed = queryset.filter(state__in=[Order.State.PAID, Order.State.REFUNDED])
        sent = sum(send_confirmation(order) for order in confirmed)
        skipped = queryset.count() - sent
        self.message_user(
            request,
            f"Sent {sent} confirmations, skipped {skipped} not paid for, or to buyers who want no mail.",
            messages.SUCCESS if sent else messages.WARNING,
        )
