from boxoffice.chassis.api import View, answer
from boxoffice.contexts.reporting import selectors


class SalesReport(View):
    """What was sold, event by event, for the staff."""

    def get(self, request):
        return answer(selectors.sales_report(actor=self.actor))
