from boxoffice.services.common import service

globals().update(service("inventory", ("inventory",)))
