"""What inventory tells, over Redis alone: that seats of a price band were taken or given back.

It says that, and not how many are left: by the time somebody hears of it, that may be another number.
"""

from boxoffice.chassis.outbox import Outbox

outbox = Outbox("inventory")
