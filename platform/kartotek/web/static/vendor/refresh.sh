#!/bin/sh
# Fetches the browser libraries from the npm registry and keeps of each what the pages use, with its licence.
# The versions are chosen here on purpose: htmx 2 (npm's latest is another line), Tabler as tested.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --ignore-scripts --no-audit --no-fund @tabler/core@1.6.1 htmx.org@2.0.11 @tabler/icons@3.51.0
modules="$work/node_modules"

# without the references to source maps, which are not kept
keep() { mkdir -p "$(dirname "$here/$2")"; sed -e 's,//# sourceMappingURL=.*$,,' -e 's,/\*# sourceMappingURL=.*\*/,,' "$modules/$1" >"$here/$2"; }
keep @tabler/core/dist/css/tabler.min.css tabler/tabler.min.css
keep @tabler/core/dist/js/tabler.min.js tabler/tabler.min.js
keep htmx.org/dist/htmx.min.js htmx/htmx.min.js
cp "$modules/htmx.org/LICENSE" "$here/htmx/LICENSE.txt"
mkdir -p "$here/icons"
cp "$modules/@tabler/icons/LICENSE" "$here/icons/LICENSE.txt"

# one sprite of the icons named in icons.txt; each is <symbol id="name">
{
  printf '<svg xmlns="http://www.w3.org/2000/svg">\n'
  while read -r name; do
    body=$(tr '\n' ' ' <"$modules/@tabler/icons/icons/outline/$name.svg" | sed -e 's/<!--.*-->//' -e 's/<svg[^>]*>//' -e 's,</svg>,,')
    printf '<symbol id="%s" viewBox="0 0 24 24">%s</symbol>\n' "$name" "$body"
  done <"$here/icons.txt"
  printf '</svg>\n'
} >"$here/icons/icons.svg"
