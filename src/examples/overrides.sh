#!/usr/bin/env bash
#
# Tells Bugloss what another system knows of the bugs that link references refer to. For cron; needs bash, curl and jq.
#
#   BUGLOSS_URL         where Bugloss is, with its context path: https://bugloss.example
#   BUGLOSS_TOKEN_FILE  a file with an editor's token, or BUGLOSS_TOKEN: the token
#   SOURCE_URL          where the other system tells of a bug: https://notes.example/bugs?url={url}
#                       {url} becomes the bug's URL, percent-encoded
#   SOURCE_TOKEN_FILE   a file with a bearer token for that system, where it needs one, or SOURCE_TOKEN: the token
#   SUPPLIED_BY         who supplies it, shown in the tooltip; the other system's host where it is not set
#   OVERRIDE_TTL        seconds until an override ends: longer than between two runs; 7200 where it is not set
#
# The other system answers {"title": …} and perhaps "description" (HTML), "status", "resolved", "image", "fields";
# 404 or 204 where it knows nothing of the bug.
#
# Exit code: 0 done; 1 some bugs or overrides failed, the others were done; 2 called wrongly; 3 Bugloss could not be
# asked or told.
set -euo pipefail

stop() {
  local code=$1
  shift
  printf 'overrides.sh: %s\n' "$*" >&2
  exit "$code"
}

warn() {
  failed=$((failed + 1))
  printf 'overrides.sh: %s\n' "$*" >&2
}

# The token named by a variable, or in the file named by it with _FILE; none where neither is set.
token() {
  local file=$1_FILE value=${!1-}
  if [ -z "$value" ] && [ -n "${!file-}" ]; then
    [ -r "${!file}" ] || stop 2 "$file=${!file}: there is no such file, or it can't be read"
    value=$(<"${!file}")
  fi
  [[ $value =~ ^[A-Za-z0-9._~+/=-]*$ ]] || stop 2 "$1 or $file: a token has letters, digits and ._~+/=- only"
  printf '%s' "$value"
}

# Calls an address with a bearer token, which no list of processes shows. Prints the status; 000: there was no answer.
call() {
  local address=$1 bearer=$2
  shift 2
  {
    printf 'url = "%s"\n' "$address"
    [ -z "$bearer" ] || printf 'header = "Authorization: Bearer %s"\n' "$bearer"
  } | curl --silent --show-error --globoff --connect-timeout 10 --write-out '%{http_code}' --config - "$@" || true
}

# What an answer of Bugloss that is no 200 says.
problem() {
  local status=$1 file=$2
  jq -r '.detail // .title' "$file" 2>/dev/null | head -c 500 | grep . || printf 'it answered %s' "$status"
}

for command in curl jq; do
  command -v "$command" >/dev/null || stop 2 "$command is missing"
done
: "${OVERRIDE_TTL:=7200}"
for variable in BUGLOSS_URL SOURCE_URL; do
  # The values are not shown: an address may have a key in it.
  [[ ${!variable-} =~ ^https?://[^/@?#]+([/?#]|$) && ${!variable} != *[[:space:]\"\\]* ]] ||
    stop 2 "$variable must be an http or https URL, without a user name, blanks, quotes and backslashes"
done
[[ $SOURCE_URL == *'{url}'* ]] || stop 2 "SOURCE_URL must have {url} where the bug's URL goes"
[[ $OVERRIDE_TTL =~ ^[1-9][0-9]{0,8}$ ]] || stop 2 "OVERRIDE_TTL=$OVERRIDE_TTL: whole seconds from 1 up"
source_host=${SOURCE_URL#*://}
: "${SUPPLIED_BY:=${source_host%%[/?#]*}}"
bugloss=${BUGLOSS_URL%/}/api
bugloss_token=$(token BUGLOSS_TOKEN)
source_token=$(token SOURCE_TOKEN)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# All link references to defects, streamed. A stream that was cut off is an error of curl's, too.
status=$(call "$bugloss/link-references?is_defect=true" "$bugloss_token" --max-time 600 \
  --header 'Accept: application/x-ndjson' --output "$work/links" 2>"$work/curl")
[ "$status" = 000 ] && stop 3 "Bugloss does not answer: $(<"$work/curl")"
[ "$status" = 200 ] || stop 3 "the link references could not be read: $(problem "$status" "$work/links")"
[ -s "$work/curl" ] && stop 3 "the link references could not be read to their end: $(<"$work/curl")"
jq -r '.url' "$work/links" | LC_ALL=C sort -u >"$work/bugs"

: >"$work/overrides"
while IFS= read -r bug <&3; do
  address=${SOURCE_URL//'{url}'/$(jq -rn --arg url "$bug" '$url | @uri')}
  : >"$work/known"
  status=$(call "$address" "$source_token" --max-time 30 --header 'Accept: application/json' --output "$work/known" \
    2>"$work/curl")
  case $status in
    200)
      jq -c --slurp --arg url "$bug" --arg by "$SUPPLIED_BY" --argjson ttl "$OVERRIDE_TTL" \
        'if length == 1 and (.[0] | type == "object" and (.title | type == "string")) then .[0] else error end
         | with_entries(select(.key | IN("title", "description", "status", "resolved", "image", "fields")))
           + {url: $url, supplied_by: $by, ttl: $ttl}' "$work/known" >>"$work/overrides" 2>/dev/null ||
        warn "$bug: the source's answer is no JSON object with a title"
      ;;
    204 | 404) ;;
    000) warn "$bug: the source does not answer: $(<"$work/curl")" ;;
    *) warn "$bug: the source answered $status" ;;
  esac
done 3<"$work/bugs"

if [ -s "$work/overrides" ]; then
  status=$(call "$bugloss/details/overrides" "$bugloss_token" --max-time 600 \
    --header 'Content-Type: application/x-ndjson' --data-binary @"$work/overrides" --output "$work/answers" \
    2>"$work/curl")
  [ "$status" = 000 ] && stop 3 "Bugloss does not answer: $(<"$work/curl")"
  [ "$status" = 200 ] || stop 3 "the overrides were not taken: $(problem "$status" "$work/answers")"
  [ -s "$work/curl" ] && stop 3 "what became of the overrides could not be read to its end: $(<"$work/curl")"
  jq -r 'select(.status != 200) | "\(.url // "line \(.line)"): \(.detail // .title)"' "$work/answers" >"$work/refused"
  while IFS= read -r line; do
    warn "$line"
  done <"$work/refused"
fi

printf '%d bugs, %d overrides sent, %d failed\n' \
  "$(wc -l <"$work/bugs")" "$(wc -l <"$work/overrides")" "$failed"
[ "$failed" = 0 ]
