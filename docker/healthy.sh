#!/bin/sh
# Whether Bugloss answers that it is healthy, asked with what there is: WildFly's image has curl, Payara's has BusyBox's wget.
# The Dockerfile says how long that may take.
set -eu
url=http://127.0.0.1:${1:-8080}/api/health
if command -v curl > /dev/null; then
  exec curl --silent --fail --noproxy '*' --output /dev/null "$url"
fi
exec wget -q -Y off -O /dev/null "$url"
