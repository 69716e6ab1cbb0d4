from boxoffice.services.common import service

globals().update(service("orders", ("orders",)))
