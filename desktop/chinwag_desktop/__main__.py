"""`python -m chinwag_desktop` is the command `chinwag`."""

import sys

from chinwag_desktop.app import main

if __name__ == "__main__":
    sys.exit(main())
