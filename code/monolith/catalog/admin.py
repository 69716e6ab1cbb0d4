from django import forms
from django.contrib import admin
from django.db.models import OuterRef, Subquery, Sum
from django.utils import timezone

from monolith.catalog.caching import catalogue_changed
from monolith.catalog.models import Event, PriceBand, Venue
from monolith.inventory.models import Allotment, Hold
from monolith.inventory.stock import with_seats_left


class PriceBandForm(forms.ModelForm):
    """A price band together with its allotment's capacity."""

    capacity = forms.IntegerField(min_value=0, max_value=1_000_000, initial=100)

    class Meta:
        model = PriceBand
        fields = ["name", "price", "position"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if allotment := getattr(self.instance, "allotment", None):
            self.fields["capacity"].initial = allotment.capacity

    def clean_capacity(self):
        """Never below what buyers have. The row stays locked until the admin has saved."""
        capacity = self.cleaned_data["capacity"]
        allotment = Allotment.objects.select_for_update().filter(band=self.instance.pk).first()
        if allotment:
            held = (
                Hold.objects.counting().filter(band=self.instance).aggregate(seats=Sum("quantity"))["seats"]
            )
            taken = allotment.sold + (held or 0)
            if capacity < taken:
                raise forms.ValidationError(f"{taken} seats are sold or held already.")
        return capacity


class PriceBandFormSet(forms.BaseInlineFormSet):
    """Saves the capacity with the band."""

    def save_new(self, form, commit=True):
        return self._save_capacity(form, super().save_new(form, commit), commit)

    def save_existing(self, form, obj, commit=True):
        return self._save_capacity(form, super().save_existing(form, obj, commit), commit)

    def _save_capacity(self, form, band, commit):
        if commit:
            Allotment.objects.update_or_create(
                band=band, defaults={"capacity": form.cleaned_data["capacity"]}
            )
        return band


class PriceBandInline(admin.TabularInline):
    model = PriceBand
    form = PriceBandForm
    formset = PriceBandFormSet
    extra = 1

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("allotment")


@admin.register(Venue)
class VenueAdmin(admin.ModelAdmin):
    list_display = ["name", "city", "address"]
    list_filter = ["city"]
    search_fields = ["name", "city"]


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    list_display = ["title", "venue", "starts_at", "seats_left", "sales_closed"]
    list_filter = ["sales_closed", "starts_at", "venue__city"]
    list_select_related = ["venue"]
    search_fields = ["title", "venue__name"]
    date_hierarchy = "starts_at"
    prepopulated_fields = {"slug": ["title"]}
    autocomplete_fields = ["venue"]
    inlines = [PriceBandInline]
    actions = ["close_sale"]

    def get_queryset(self, request):
        of_event = with_seats_left(Allotment.objects.filter(band__event=OuterRef("pk"))).order_by()
        total = of_event.values("band__event").annotate(total=Sum("seats_left")).values("total")
        return super().get_queryset(request).annotate(seats_left=Subquery(total))

    @admin.display(description="seats left", ordering="seats_left")
    def seats_left(self, event):
        return event.seats_left or 0

    @admin.action(description="Close the sale", permissions=["change"])
    def close_sale(self, request, queryset):
        chosen = queryset.count()
        closed = Event.objects.filter(
            pk__in=queryset.values("pk"), sales_closed=False, starts_at__gt=timezone.now()
        ).update(sales_closed=True, updated_at=timezone.now())
        catalogue_changed()  # update() sends no signal
        self.message_user(
            request, f"Closed the sale of {closed}, skipped {chosen - closed} over or closed before."
        )
