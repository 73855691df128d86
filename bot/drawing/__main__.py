"""`python -m bot.drawing`: the process that draws the cards of one batch; see `batch.py`."""

from __future__ import annotations

import sys

from bot.drawing.batch import serve

if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
