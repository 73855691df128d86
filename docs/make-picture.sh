#!/bin/sh
# Makes docs/timeline.png, the picture of the README: posts four from the shipped library to files, draws the
# timeline, and photographs its top. Needs ./dev's .venv (or PYTHON) and chromium (or CHROMIUM).
set -eu

home=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
python=${PYTHON:-$home/.venv/bin/python}
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$home"
export DATABASE_URL="sqlite:///$work/bot.db" BOT_FILES="$work/posts" BOT_REHEARSE=1 BOT_HOME="${BOT_HOME:-$home}"
"$python" -m bot post next --count "${COUNT:-4}"
"$python" -m bot timeline --out "$work/timeline.html" >/dev/null
"$chromium" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$work/profile" \
    --window-size="1200,${HEIGHT:-1180}" --screenshot="$work/timeline.png" "file://$work/timeline.html" 2>/dev/null
mv "$work/timeline.png" docs/timeline.png
ls -l docs/timeline.png
