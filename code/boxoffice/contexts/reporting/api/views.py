from boxoffice.chassis.api import View, operation
from boxoffice.contexts.reporting import selectors
from boxoffice.contexts.reporting.contracts import ForTheStaff, ReportingUnavailable, SalesReportContract


class SalesReport(View):
    @operation(answers=SalesReportContract, refuses=(ForTheStaff, ReportingUnavailable))
    def get(self, request):
        """What was sold, event by event, for the staff."""
        return self.answer(selectors.sales_report(actor=self.actor))
