"""python -m kartotek: the same as the kartotek command."""

import sys

from kartotek.cli import main

if __name__ == "__main__":
    sys.exit(main())
