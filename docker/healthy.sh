#!/usr/bin/env bash
# Whether Bugloss answers that it is healthy, asked with nothing but bash: what else an image has changes.
set -eu
exec 3<>/dev/tcp/127.0.0.1/"${1:-8080}"
printf 'GET /api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r status <&3
[[ "$status" == *' 200 '* ]]
