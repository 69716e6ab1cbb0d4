"""The box office that the options of a test run ask for."""


def started(config, **more):
    """The stack that the options ask for: the monolith, or an arrangement of the box office."""
    from lab import Stack

    arrangement = config.getoption("arrangement", None)
    return Stack(arrangement=arrangement, **more) if arrangement else Stack("monolith", **more)
