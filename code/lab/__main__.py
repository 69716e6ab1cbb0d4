"""The `lab` command as `python -m lab`, for wherever it is not on the path."""

import sys

from lab.cli import main

sys.exit(main())
