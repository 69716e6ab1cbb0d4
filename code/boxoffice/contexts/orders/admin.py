from django.contrib import admin, messages

from boxoffice.chassis.errors import FacadeError
from boxoffice.contexts.notifications import facade as notifications
from boxoffice.contexts.orders.models import Order, OrderLine
from boxoffice.contexts.orders.services import news_of
from boxoffice.contexts.payments import facade as payments


class OrderLineInline(admin.TabularInline):
    model = OrderLine
    extra = 0
    can_delete = False
    fields = readonly_fields = ["title", "band", "quantity", "unit_price", "amount"]

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["number", "buyer_email", "events", "state", "total", "placed_at"]
    list_filter = ["state", "placed_at"]
    date_hierarchy = "placed_at"
    search_fields = ["number", "buyer_email", "lines__title"]
    fields = ["number", "buyer_email", "buyer_name", "state", "total", "placed_at", "payment"]
    readonly_fields = ["number", "buyer_email", "state", "total", "placed_at", "payment"]
    inlines = [OrderLineInline]
    actions = ["resend_confirmation"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False  # its payment is kept elsewhere, and no foreign key would protect either

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("lines")

    @admin.display(description="events")
    def events(self, order):
        return ", ".join(line.title for line in order.lines.all())

    @admin.display(description="payment", empty_value="–")
    def payment(self, order):
        try:
            found = payments.payments_of([order.pk]).get(order.pk)
        except FacadeError as problem:
            return str(problem)
        return f"{found.state}: {found.amount} ({found.provider_id})" if found else None

    @admin.action(description="Resend the confirmation", permissions=["change"])
    def resend_confirmation(self, request, queryset):
        confirmed = queryset.filter(state__in=[Order.State.PAID, Order.State.REFUNDED])
        try:
            sent = sum(notifications.mail_of_order(news_of(order)) for order in confirmed)
        except FacadeError as problem:
            return self.message_user(request, str(problem), messages.ERROR)
        skipped = queryset.count() - sent
        self.message_user(
            request,
            f"Sent {sent} confirmations, skipped {skipped} not paid for, or to buyers who want no mail.",
            messages.SUCCESS if sent else messages.WARNING,
        )
