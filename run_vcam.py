#!/usr/bin/env python3
"""The door: see `vcam.cli`."""

import sys

from vcam.cli import main

if __name__ == "__main__":
    sys.exit(main())
