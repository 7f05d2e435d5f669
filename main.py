"""STR-Live from a checkout: the window, or with --headless the same without one. `--help` tells more."""

from __future__ import annotations

import sys

from str_live.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
