"""Composition root: settings, command line, starting and stopping the parts, doctor."""

from importlib import metadata


def _version() -> str:
    try:
        return metadata.version("county-hotline")
    except metadata.PackageNotFoundError:
        return "unknown"


VERSION = _version()
