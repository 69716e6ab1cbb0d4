def own_apps():
    """The configurations of the project's own apps: those that do not lie among installed packages."""
    import sysconfig
    from pathlib import Path

    from django.apps import apps

    installed = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib", "stdlib")}
    return [
        config
        for config in apps.get_app_configs()
        if not installed & set(Path(config.path).resolve().parents)
        and not {"site-packages", "dist-packages"} & set(Path(config.path).resolve().parts)
        and not config.name.startswith("django.")
    ]
