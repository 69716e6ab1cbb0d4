"""The organisers' side. Seats belong to inventory, so capacities are asked of it and told to it.

A capacity is told once the band is committed: no transaction spans two contexts. Should inventory be away
at that moment, the event is saved without, and the organiser is told to save it again.
"""

from django import forms
from django.contrib import admin, messages

from boxoffice.chassis.databases import on_commit
from boxoffice.chassis.errors import FacadeError
from boxoffice.contexts.catalog import services
from boxoffice.contexts.catalog.models import Event, PriceBand, Venue
from boxoffice.contexts.inventory import facade as inventory
from boxoffice.contexts.inventory.contracts import InventoryUnavailable


class PriceBandForm(forms.ModelForm):
    """A price band together with its capacity."""

    capacity = forms.IntegerField(min_value=0, max_value=1_000_000, initial=100)
    seats = None  # what inventory has of the band, set by the formset

    class Meta:
        model = PriceBand
        fields = ["name", "price", "position"]

    def clean_capacity(self):
        capacity = self.cleaned_data["capacity"]
        if self.seats and capacity < self.seats.taken:
            raise forms.ValidationError(f"{self.seats.taken} seats are sold or held already.")
        return capacity

    @property
    def capacity_is_news(self) -> bool:
        return self.seats is None or self.seats.capacity != self.cleaned_data["capacity"]


class PriceBandFormSet(forms.BaseInlineFormSet):
    """Asks inventory once for the seats of all bands, and tells it what was entered."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        try:
            self.seats = inventory.availability([band.pk for band in self.get_queryset()])
        except InventoryUnavailable:
            self.seats = None

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        if seats := (self.seats or {}).get(form.instance.pk):
            form.seats = seats
            form.fields["capacity"].initial = seats.capacity
        return form

    def clean(self):
        super().clean()
        if self.seats is None:
            raise forms.ValidationError("Seats cannot be looked up at the moment. Please save again later.")
        for form in self.deleted_forms:
            if (seats := self.seats.get(form.instance.pk)) and seats.taken:
                raise forms.ValidationError(f"Seats of {form.instance.name} are sold or held already.")


class PriceBandInline(admin.TabularInline):
    model = PriceBand
    form = PriceBandForm
    formset = PriceBandFormSet
    extra = 1


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
        return super().get_queryset(request).prefetch_related("bands")

    def get_changelist_instance(self, request):
        """The list, each row with the seats left of its bands: one question for all of them."""
        changelist = super().get_changelist_instance(request)
        band_ids = [band.pk for event in changelist.result_list for band in event.bands.all()]
        try:
            seats = inventory.availability(band_ids)
        except InventoryUnavailable:
            seats = {}
        for event in changelist.result_list:
            known = [seats[band.pk].left for band in event.bands.all() if band.pk in seats]
            event.left = sum(known) if known or not event.bands.all() else None
        return changelist

    @admin.display(description="seats left", empty_value="–")
    def seats_left(self, event):
        return event.left

    def save_formset(self, request, form, formset, change):
        gone = [one.instance.pk for one in formset.deleted_forms]  # a row that is deleted forgets its number
        super().save_formset(request, form, formset, change)
        capacities = {
            one.instance.pk: one.cleaned_data["capacity"]
            for one in formset.forms
            if one.instance.pk and one not in formset.deleted_forms and one.capacity_is_news
        }
        tell_inventory(request, capacities, gone)

    def get_deleted_objects(self, objs, request):
        """Events with seats sold or held are protected, as a foreign key would protect them."""
        deletable, counts, permissions, protected = super().get_deleted_objects(objs, request)
        bands = PriceBand.objects.filter(event__in=objs).select_related("event")
        try:
            seats = inventory.availability([band.pk for band in bands])
        except InventoryUnavailable as problem:
            return deletable, counts, permissions, [*protected, str(problem)]
        taken = [str(band) for band in bands if band.pk in seats and seats[band.pk].taken]
        return deletable, counts, permissions, [*protected, *taken]

    def delete_model(self, request, obj):
        self.delete_queryset(request, Event.objects.filter(pk=obj.pk))

    def delete_queryset(self, request, queryset):
        gone = list(PriceBand.objects.filter(event__in=queryset).values_list("pk", flat=True))
        super().delete_queryset(request, queryset)
        tell_inventory(request, {}, gone)

    @admin.action(description="Close the sale", permissions=["change"])
    def close_sale(self, request, queryset):
        chosen = queryset.count()
        closed = services.close_sale(queryset)
        self.message_user(
            request, f"Closed the sale of {closed}, skipped {chosen - closed} over or closed before."
        )


def tell_inventory(request, capacities: dict[int, int], gone: list[int]) -> None:
    """Once the change is committed: capacities by the band's id, and the bands that are gone."""

    def tell():
        try:
            for band_id, capacity in capacities.items():
                inventory.set_capacity(band_id, capacity)
            if gone:
                inventory.withdraw(gone)
        except FacadeError as problem:
            messages.error(request, f"{problem} The seats are not as entered: please save again.")

    on_commit(PriceBand, tell)
