from boxoffice.services.common import service

globals().update(service("accounts", ("accounts",)))
