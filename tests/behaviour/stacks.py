"""The box office that the options of a test run ask for."""


def started(config, **more):
    """The stack that the options ask for: the monolith (`--code`: another tree's), or an arrangement of the box office."""
    from lab import Stack

    arrangement = config.getoption("arrangement", None)
    if arrangement:
        return Stack(arrangement=arrangement, **more)
    return Stack("monolith", code=config.getoption("code", None), **more)
