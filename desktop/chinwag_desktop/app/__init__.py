"""The app itself: command line, composition, and what lives from sign-in to sign-out."""

import sys


def main() -> int:
    """The command `chinwag`: returns its exit status."""
    from chinwag_desktop.app.config import parse, prepare_profile
    from chinwag_desktop.platform.screen import APT_LINE, why_no_window

    config = parse(sys.argv[1:])
    try:
        prepare_profile(config.profile)
    except OSError as error:
        return _fail(f"the profile folder cannot be used: {error}. Choose another one with --profile.")
    try:
        from chinwag_desktop.app.source_scan import stop_source_scan

        stop_source_scan()
        if reason := why_no_window():
            return _fail(reason)
        from chinwag_desktop.app.run import run
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("chinwag"):
            raise
        again = "in the clone: pipx install --force '.[server,desktop]'"
        return _fail(f"the app's libraries are not installed (no {error.name}); {again}")
    except ImportError as error:
        if ".so" not in str(error):
            raise
        return _fail(f"Qt lacks a library of the system ({error}); on Debian or Ubuntu: {APT_LINE}")
    return run(config)


def _fail(words: str) -> int:
    if sys.stderr is not None:  # a program without a console has none, on Windows
        sys.stderr.write(f"chinwag: {words}\n")
    return 1
