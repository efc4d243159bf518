"""The app itself: command line, composition, and what lives from sign-in to sign-out."""

import sys


def main() -> int:
    """The command `chinwag`: returns its exit status."""
    from chinwag_desktop.app.config import parse, prepare_profile

    config = parse(sys.argv[1:])
    try:
        prepare_profile(config.profile)
    except OSError as error:
        sys.stderr.write(f"chinwag: the profile folder cannot be used: {error}. Choose another one with --profile.\n")
        return 1
    from chinwag_desktop.app.source_scan import stop_source_scan

    stop_source_scan()
    from chinwag_desktop.app.run import run

    return run(config)
