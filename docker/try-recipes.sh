#!/usr/bin/env bash
# Tries the recipes of src/site/markdown/deploy.md, configure.md and operate.md: runs the blocks that have a name behind their
# language, writes those that have a path, as they are there, and looks at what came of them. Needs root, Maven, Debian's nginx,
# postgresql, prometheus, curl, python3 and unzip; the WAR must be in target/.
#
#   docker/try-recipes.sh [--old OLD.war] [wildfly] [settings] [payara-server] [payara-micro] [prometheus]
#
# OLD.war is of an earlier version: its database is then migrated, and it goes on beside the new one. All happens in namespaces of
# its own: no address but the loopback's, and what is written below /etc, /opt, /root, /run and /var is thrown away with them.
# TRY_FOLDER keeps the servers' archives. There is no systemd in there: its part is played by a few lines, and its own program looks
# at the unit.
set -euo pipefail

PROJECT=$(cd "$(dirname "$0")/.." && pwd)
readonly PROJECT
readonly ARCHIVES=${TRY_FOLDER:-$HOME/.cache/bugloss-recipes}
readonly PATIENCE=${TRY_PATIENCE:-300}
readonly WILDFLY_VERSION=39.0.1.Final PAYARA_VERSION=6.2025.10
readonly SITE=$PROJECT/src/site/markdown
readonly TOKEN=recipe
readonly BUG=http://127.0.0.1/bugs

say() { printf '%s %s\n' "$(date +%T)" "$*"; }
fail() { say "FAILED: $*"; exit 1; }

fetch() {
  [[ -f $ARCHIVES/$2 ]] || mvn -q -B -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy "-Dartifact=$1" \
    "-DoutputDirectory=$ARCHIVES"
}

if [[ ${1:-} != --inside ]]; then
  mkdir -p "$ARCHIVES"
  fetch "org.wildfly:wildfly-dist:$WILDFLY_VERSION:zip" "wildfly-dist-$WILDFLY_VERSION.zip"
  fetch "fish.payara.distributions:payara:$PAYARA_VERSION:zip" "payara-$PAYARA_VERSION.zip"
  fetch "fish.payara.extras:payara-micro:$PAYARA_VERSION" "payara-micro-$PAYARA_VERSION.jar"
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  export TRY_FOLDER=$ARCHIVES
  unshare --net --mount --pid --fork --kill-child --mount-proc "$PROJECT/docker/try-recipes.sh" \
    --inside "$scratch" "$@"
  exit
fi

scratch=$2
shift 2
set -E
# Of somebody who became root, it may be another folder, and that one is not thrown away.
export HOME=/root
trap 'say "FAILED at line $LINENO: $BASH_COMMAND"; tail -n 20 "$scratch/cli.out" 2> /dev/null || true' ERR
ip link set lo up
# A caller's, who is not the proxy.
ip address add 192.0.2.7/32 dev lo
for folder in etc opt root run var; do
  mkdir -p "$scratch/$folder"/{upper,work}
  mount -t overlay -o "lowerdir=/$folder,upperdir=$scratch/$folder/upper,workdir=$scratch/$folder/work" overlay "/$folder"
done
mkdir "$scratch/here"
chmod 755 "$scratch"
rm -rf /root/.bugloss
echo '127.0.0.1 bugloss.example' >> /etc/hosts
cd "$scratch/here"
cp "$ARCHIVES/wildfly-dist-$WILDFLY_VERSION.zip" "wildfly-$WILDFLY_VERSION.zip"
cp "$ARCHIVES/payara-$PAYARA_VERSION.zip" "$ARCHIVES/payara-micro-$PAYARA_VERSION.jar" .
cp -r "$PROJECT/docker" .
new=$PROJECT/target/bugloss.war
cp "$new" bugloss.war
unset JAVA_OPTS

# The block that has this behind its language.
block() {
  awk -v name="$1" '/^```/ { on = !on && $2 == name; next } on' "$SITE"/{deploy,configure,operate}.md
}
run() {
  local commands
  say "run: $1"
  commands=$(block "$1")
  [[ -n $commands ]] || fail "there is no block $1"
  eval "$commands"
}
put() {
  say "write: $1"
  block "$1" | sed "s/THAT_HASH/$(printf %s "$TOKEN" | sha256sum | cut -d' ' -f1)/" > "$1"
  [[ -s $1 ]] || fail "there is no block $1"
}
# What the table "Where a setting goes" has in its second column, behind this in its first.
setting() {
  local line
  line=$(awk -F' *[|] *' -v where="$1" '$2 == where { print $3 }' "$SITE/configure.md" | cut -d'`' -f2)
  [[ -n $line ]] || fail "configure.md has no line $1"
  printf '%s\n' "$line"
}

# What systemd does with a unit of this kind, and no more.
declare -A groups=()
systemctl() {
  local what=$1 unit
  shift
  [[ ${1:-} != --now ]] || shift
  case $what in
    daemon-reload) systemd-analyze verify "/etc/systemd/system/bugloss@0.service" 2>&1 | grep -i bugloss && fail "the unit is wrong" ;;
    enable | start) for unit; do start_unit "$unit"; done ;;
    disable | stop) for unit; do stop_unit "$unit"; done ;;
    reload) nginx -s reload ;;
  esac
  return 0
}
start_unit() {
  local file=/etc/systemd/system/bugloss@.service node=${1#*@} user command environment
  user=$(sed -n 's/^User=//p' $file)
  command=$(sed -n 's/^ExecStart=//p' $file | sed "s/%i/$node/g")
  mapfile -t environment < "$(sed -n 's/^EnvironmentFile=//p' $file)"
  # shellcheck disable=SC2086 # a command line
  setsid setpriv --reuid "$user" --regid "$user" --init-groups env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/var/lib/bugloss \
    "${environment[@]}" $command > "$scratch/$1.out" 2>&1 &
  groups[$1]=$!
}
stop_unit() {
  local begin=$SECONDS
  kill -TERM -- "-${groups[$1]}"
  while kill -0 -- "-${groups[$1]}" 2> /dev/null; do
    ((SECONDS - begin < 60)) || fail "$1 does not stop"
    sleep 0.2
  done
  say "$1 stopped within $((SECONDS - begin + 1)) s"
}

until_holds() {
  local what=$1 end=$((SECONDS + PATIENCE))
  shift
  until "$@"; do
    ((SECONDS < end)) || fail "not within $PATIENCE s: $what"
    sleep 0.5
  done
  say "$what"
}
api() { curl -s -m 20 -H "Authorization: Bearer $TOKEN" "${@:2}" "$1"; }
status() { curl -s -o /dev/null -m 10 -w '%{http_code}' "$@" || true; }
is_ready() { [[ $(status "http://127.0.0.1:$1/bugloss/api/health/ready") == 200 ]]; }
has() { [[ $1 == *"$2"* ]] || fail "there is no $2 in: $1"; }
ready_line() { grep -ao 'Bugloss is ready\. .*' "$1" | tail -n 1; }
links() { api "$1/link-references" | grep -o '"url"' | wc -l; }
expect_links() { [[ $(links "$1") == "$2" ]] || fail "$(links "$1") link references instead of $2 at $1"; }
record() {
  api "$1/link-references" -H 'Content-Type: application/json' -d "{\"url\": \"$BUG/$2\", \"is_defect\": true}" > /dev/null
}
no_complaints() {
  local complaints
  # Of ours, since the last start of a WildFly: what names our classes, our archive or our pool.
  complaints=$(awk '/WFLYSRV0049/ { text = "" } { text = text $0 "\n" } END { printf "%s", text }' "$1" |
    grep -aE ' (WARN|ERROR)|\[(WARNING|SEVERE|ERROR)\]' -A1 | grep -aiE 'bugloss|fish\.payara\.[a-z-]+-in-|Excluded' |
    grep -avE 'Nobody may call|Whoever may read sees|KeyStore|container is suspended' || true)
  [[ -z $complaints ]] || fail "$1: $complaints"
}
postgres() {
  pg_ctlcluster 15 main start
  until_holds "PostgreSQL is there" pg_isready -q -h 127.0.0.1
}

# A token of ours may write, whatever the recipe says of others.
export_token() {
  BUGLOSS_TOKENS=ci:editor:$(printf %s "$TOKEN" | sha256sum | cut -d' ' -f1)
  export BUGLOSS_TOKENS
}
# The scheme in Location, of a request that says it came by TLS.
scheme() {
  api "$1/link-references" -D - -H 'X-Forwarded-Proto: https' -H 'Content-Type: application/json' \
    -d "{\"url\": \"$BUG/$RANDOM\"}" | grep -aio '^location: https*:' | cut -d' ' -f2
}
is_https() { [[ $(scheme "$1") == https: ]]; }

wildfly() {
  local node=/var/lib/bugloss/node tls=https://bugloss.example/bugloss/api log answer
  log=$node-0/log/server.log
  postgres
  nginx
  [[ -z $old ]] || cp "$old" bugloss.war
  run wildfly
  put /etc/systemd/system/bugloss@.service
  put /etc/bugloss/bugloss.env
  run postgresql
  run service
  until_holds "WildFly is ready" is_ready 8080
  until_holds "$(ready_line $log)" ready_line $log
  no_complaints_of_new $log
  put /etc/nginx/conf.d/bugloss.conf
  run certificate 2> "$scratch/certificate.out"
  echo
  until_holds "nginx serves it" [ "$(status --cacert /etc/bugloss/tls.crt $tls/health)" = 200 ]
  export CURL_CA_BUNDLE=/etc/bugloss/tls.crt
  record $tls 1
  record $tls 2
  run second-node
  until_holds "the second node is ready" is_ready 8180
  expect_links http://127.0.0.1:8180/bugloss/api 2

  run backup
  record $tls 3
  stop_unit bugloss@100
  run restore
  start_unit bugloss@100
  until_holds "ready after the restore" is_ready 8080
  until_holds "the second too" is_ready 8180
  expect_links $tls 2
  say "backup ($(stat -c %s bugloss.dump) bytes) and restore"

  cp "$new" bugloss.war
  callers $tls &
  local calls=$!
  run upgrade
  echo
  if [[ -n $old ]]; then
    say "$(ready_line $log)"
    record http://127.0.0.1:8180/bugloss/api 4
    expect_links http://127.0.0.1:8080/bugloss/api 3
    api "http://127.0.0.1:8180/bugloss/api/details?url=$BUG/4" -X PUT -H 'Content-Type: application/json' -d '{"title": "By the old one"}' > /dev/null
    has "$(api "http://127.0.0.1:8080/bugloss/api/details?url=$BUG/4")" 'By the old one'
    has "$(api "http://127.0.0.1:8180/bugloss/api/link-references?embed=details")" 'By the old one'
    # What WildFly says of each scheduled task that was due while it stopped, before the restore, is not meant.
    ! grep -aE ' ERROR ' "$node-100/log/server.log" | grep -av 'container is suspended' || fail "the old version complains"
    say "the old version goes on beside the new one"
  fi
  # The same for the second node.
  eval "$(block upgrade | sed 's/@0/@100/; s/node-0/node-100/; s/8080/8180/g')"
  echo
  kill -TERM $calls
  wait $calls || true
  say "callers meanwhile: $(sort "$scratch/calls" | uniq -c | tr -s ' \n' ' ')"
  [[ $(sort -u "$scratch/calls") == 200 ]] || fail "some callers were not served"
  no_complaints $node-100/log/server.log
  behind_tls $tls $log

  local tables
  pg_dump_of_copy
  tables=$(su postgres -c "psql -qAt copy" <<< "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace
    where nspname = 'public' and relkind in ('r', 'S', 'v')")
  su postgres -c 'psql -q copy' <<< "$(block tables)"
  left=$(su postgres -c "psql -qAt copy" <<< "select relname from pg_class c join pg_namespace n on n.oid = relnamespace
    where nspname = 'public'")
  [[ -z $left ]] || fail "of $tables tables and sequences these are left: $left"
  say "all $tables tables and sequences are dropped"
  su postgres -c 'dropdb copy'

  stop_unit bugloss@100
  run removal
  left=$(find / -xdev \( -path /proc -o -path /tmp -o -path /sys -o -path "$PROJECT" -o -path /root/.m2 \) -prune -o -newer "$scratch/here/docker" \
    -iname '*bugloss*' -print 2> /dev/null; find /etc /opt /var /run -newer "$scratch/here/docker" -iname '*bugloss*' 2> /dev/null || true)
  [[ -z $left ]] || fail "left behind: $left"
  ! id bugloss 2> /dev/null || fail "the user is left"
  say "nothing is left"
  nginx -s stop
  pg_ctlcluster 15 main stop
}
behind_tls() {
  local answer
  answer=$(api "$1"/link-references --interface 192.0.2.7 -D - -H 'Content-Type: application/json' -d "{\"url\": \"$BUG/6\"}")
  has "$answer" 'ocation: https://bugloss.example/bugloss/api/link-references/'
  has "$(api "$1/link-references?limit=1" -D -)" '<https://bugloss.example/bugloss/api/link-references?'
  has "$(grep -a 'org.bugloss.audit' "$2")" 'from 192.0.2.7'
  say "behind TLS: Location, Link and the caller's address are right"
  # Nobody but the proxy is believed.
  answer=$(curl -s -o /dev/null -D - -H "Authorization: Bearer $TOKEN" --interface 192.0.2.7 -H 'X-Forwarded-Proto: https' \
    -H 'Content-Type: application/json' -d "{\"url\": \"$BUG/5\"}" http://127.0.0.1:8080/bugloss/api/link-references)
  [[ $answer == *'ocation: http:'* ]] || fail "a caller is believed: $answer"
}
pg_dump_of_copy() {
  su postgres -c 'createdb copy'
  su postgres -c 'pg_dump bugloss | psql -q copy' > /dev/null
}
no_complaints_of_new() { [[ -n $old ]] || no_complaints "$1"; }
# One call after the other, each noted with its status, until it is told to stop.
callers() {
  trap 'exit 0' TERM
  while true; do
    status -H "Authorization: Bearer $TOKEN" "$1/link-references" >> "$scratch/calls"
    echo >> "$scratch/calls"
    sleep 0.1
  done
}

settings() {
  local home=/opt/wildfly-$WILDFLY_VERSION server=http://127.0.0.1:8080/bugloss/api ready answer
  unzip -q "wildfly-$WILDFLY_VERSION.zip" -d /opt
  ln -s wildfly-$WILDFLY_VERSION /opt/wildfly
  mkdir -p /etc/bugloss /run/secrets
  echo a-token > /run/secrets/ghe-token
  { setting "WildFly's \`-P\`"; block systems; } > /etc/bugloss/bugloss.properties
  setting "WildFly's \`standalone.conf\`" >> $home/bin/standalone.conf
  export_token
  setsid $home/bin/standalone.sh -P /etc/bugloss/bugloss.properties > "$scratch/wildfly.out" 2>&1 &
  local group=$!
  until_holds "WildFly without Bugloss" cli :read-attribute'(name=server-state)'
  cli "$(setting "WildFly's CLI")"
  cp bugloss.war $home/standalone/deployments/
  until_holds "WildFly is ready" is_ready 8080
  ready=$(ready_line $home/standalone/log/server.log)
  say "$ready"
  has "$ready" 'Callers: 1 token, strangers may read.'
  has "$ready" 'Trackers: GitHub. Systems: ghe.'
  answer=$(api $server/trackers)
  has "$answer" '"authenticated":true'
  no_complaints $home/standalone/log/server.log
  [[ $(scheme $server) == http: ]] || fail "whoever calls is believed"
  block wildfly-proxy > proxy.cli
  cli --file=proxy.cli
  until_holds "WildFly's own proxy-address-forwarding, by CLI" is_https $server
  cli '/subsystem=undertow/server=default-server/http-listener=default:undefine-attribute(name=proxy-address-forwarding)'
  stop_group $group
  local variables
  mapfile -t variables <<< "$(block wildfly-proxy-variables)"
  setsid env "${variables[@]}" $home/bin/standalone.sh -P /etc/bugloss/bugloss.properties > "$scratch/wildfly.out" 2>&1 &
  group=$!
  until_holds "the same, by variables" is_https $server
  cli 'undeploy bugloss.war'
  until_holds "undeployed" is_gone $server
  put jboss-deployment-structure.xml
  cli '/extension=org.wildfly.extension.micrometer:add'
  cli '/subsystem=micrometer:add'
  cli reload
  ! cli "deploy bugloss.war" || fail "Micrometer does no harm any more: deploy.md need not speak of it"
  run micrometer
  cli 'deploy bugloss.war'
  until_holds "beside WildFly's Micrometer" is_ready 8080
  stop_group $group
  rm -r $home /opt/wildfly /etc/bugloss ~/.bugloss
}
cli() { /opt/wildfly/bin/jboss-cli.sh --connect --timeout=60000 "$@" > "$scratch/cli.out" 2>&1; }
is_gone() { [[ $(status "$1/health/live") == 404 ]]; }
stop_group() {
  kill -TERM -- "-$1"
  while kill -0 -- "-$1" 2> /dev/null; do sleep 0.2; done
}

payara_server() {
  local home=/opt/payara6 server=http://127.0.0.1:8080/bugloss/api ready log
  local asadmin=$home/bin/asadmin folder=$home/glassfish/domains/domain1/autodeploy
  log=$home/glassfish/domains/domain1/logs/server.log
  export_token
  [[ -z $old ]] || cp "$old" bugloss.war
  run payara-server
  until_holds "Payara Server is ready" is_ready 8080
  cp "$new" bugloss.war
  record $server 1
  $home/bin/$(setting "Payara's \`asadmin\`")
  $asadmin deploy --force bugloss.war
  ready=$(ready_line $log)
  say "$ready"
  has "$ready" 'Callers: 1 token, strangers may read.'
  has "$ready" 'Systems: none.'
  expect_links $server 1
  $asadmin undeploy bugloss
  until_holds "undeployed" is_gone $server
  cp bugloss.war $folder/
  until_holds "deployed by copying" is_ready 8080
  expect_links $server 1
  rm $folder/bugloss.war
  until_holds "undeployed by deleting" is_gone $server
  [[ -n $old ]] || no_complaints $log
  $asadmin deploy bugloss.war
  run payara-server-proxy
  until_holds "Payara Server's own scheme-mapping" is_https $server
  local kept
  kept=$(links $server)
  $asadmin stop-domain
  # H2: the folder is the backup.
  cp -r ~/.bugloss saved
  $asadmin start-domain
  until_holds "ready after the restart" is_ready 8080
  record $server 7
  $asadmin stop-domain
  rm -r ~/.bugloss
  cp -r saved ~/.bugloss
  $asadmin start-domain
  until_holds "ready after the restore" is_ready 8080
  expect_links $server "$kept"
  say "the H2 file copied and restored: $kept link references"
  $asadmin undeploy bugloss
  # A colon, as a database has.
  $asadmin create-system-properties 'bugloss.db.url=jdbc\:h2\:mem\:colons'
  $asadmin deploy bugloss.war
  has "$(ready_line $log)" 'Database: jdbc:h2:mem:colons.'
  $asadmin undeploy bugloss
  $asadmin stop-domain
  rm -r $home ~/.bugloss
}

payara_micro() {
  local server=http://127.0.0.1:8080/bugloss/api log=$scratch/micro.out
  export_token
  block payara-micro-proxy > proxy.txt
  { setting "Payara's \`--systemProperties\`"; block systems; } > bugloss.properties
  mkdir -p /run/secrets
  echo a-token > /run/secrets/ghe-token
  say "run: payara-micro"
  set -m
  (eval "$(block payara-micro | sed 's/--nocluster/--nocluster --prebootcommandfile proxy.txt/')") > "$log" 2>&1 &
  local group=$!
  set +m
  until_holds "Payara Micro is ready" is_ready 8080
  say "$(ready_line "$log")"
  has "$(ready_line "$log")" 'Callers: 1 token, strangers may read.'
  has "$(api $server/trackers)" '"authenticated":true'
  no_complaints "$log"
  until_holds "Payara Micro's own scheme-mapping" is_https $server
  ss -Hltn | awk '{ print "  listens on " $4 }'
  stop_group $group
  rm -r ~/.bugloss
}

# A tracker that fails, as soon as there is a file that says so.
tracker() {
  python3 - "$1" <<'PYTHON'
import http.server, os, sys

class Tracker(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        works = not os.path.exists(sys.argv[1])
        body = b'{"issue": {"id": 7, "subject": "Crash", "status": {"id": 1, "name": "New", "is_closed": false}}}' if works else b''
        self.send_response(200 if works else 503)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *line):
        pass

http.server.ThreadingHTTPServer(('127.0.0.1', 3000), Tracker).serve_forever()
PYTHON
}
# What Prometheus says of this alert.
alert() { curl -s -m 10 http://127.0.0.1:9090/api/v1/alerts | grep -o "\"alertname\":\"$1\".*" | grep -o '"state":"[a-z]*"' | head -n 1; }
is_alert() { [[ $(alert "$1") == "\"state\":\"$2\"" ]]; }
is_no_alert() { [[ -z $(alert "$1") ]]; }
sample() { curl -s -m 10 --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query | grep -o '"value":\[[^]]*' | cut -d'"' -f4; }
is_sampled() { [[ $(sample "$1") == "$2" ]]; }

prometheus() {
  local server=http://127.0.0.1:8080/bugloss/api issue=http://127.0.0.1:3000/issues/7 groups=() group
  export_token
  set -m
  tracker "$scratch/tracker-fails" &
  groups+=($!)
  java -Dbugloss.db.url=jdbc:h2:mem:prometheus -Dbugloss.systems=acme -Dbugloss.system.acme.tracker=Redmine \
    -Dbugloss.system.acme.base-url=http://127.0.0.1:3000 -Dbugloss.outbound.allow=127.0.0.1 -Dbugloss.details.ttl=5 \
    -Dbugloss.details.failure-ttl=1 -Dbugloss.refresh.interval=1 \
    -jar "payara-micro-$PAYARA_VERSION.jar" --nocluster --deploy bugloss.war --port 8080 --contextroot bugloss > "$scratch/micro.out" 2>&1 &
  groups+=($!)
  cp docker/prometheus/rules.yml .
  sed 's|/api/metrics|/bugloss/api/metrics|; s/15s/1s/' docker/prometheus/prometheus.yml > prometheus.yml
  # Ten minutes are for people.
  sed -i 's/for: .*/for: 5s/' rules.yml
  (umask 077 && echo -n $TOKEN > bugloss.token)
  command prometheus --config.file=prometheus.yml --storage.tsdb.path="$scratch/tsdb" --web.listen-address=127.0.0.1:9090 \
    > "$scratch/prometheus.out" 2>&1 &
  groups+=($!)
  set +m
  until_holds "Prometheus says that nobody answers" is_alert BuglossDown firing
  until_holds "Bugloss is ready" is_ready 8080
  until_holds "Prometheus gets its metrics" is_sampled 'up{job="bugloss"}' 1
  until_holds "the alert is over" is_no_alert BuglossDown
  api $server/link-references -H 'Content-Type: application/json' -d "{\"url\": \"$issue\", \"is_defect\": true}" > /dev/null
  until_holds "a bug is fetched" is_sampled 'bugloss_upstream_requests_total{system="acme",outcome="2xx"}' 1
  is_no_alert BuglossTrackerFailing || fail "it is said to fail"
  touch "$scratch/tracker-fails"
  until_holds "the tracker fails, and Prometheus says so" is_alert BuglossTrackerFailing firing
  rm "$scratch/tracker-fails"
  until_holds "it answers again, and the alert is over" is_no_alert BuglossTrackerFailing
  [[ -z $(grep -aE 'level=(warn|error)' "$scratch/prometheus.out") ]] || fail "$(grep -aE 'level=(warn|error)' "$scratch/prometheus.out")"
  say "$(curl -s 'http://127.0.0.1:9090/api/v1/query?query=count(\{job="bugloss"\})' | grep -o '"value":\[[^]]*' | cut -d'"' -f4) series of one node"
  for group in "${groups[@]}"; do stop_group "$group"; done
}

try() { "${1//-/_}"; }

old=
if [[ ${1:-} == --old ]]; then
  old=$2
  shift 2
fi
(($# > 0)) || set -- wildfly settings payara-server payara-micro prometheus
for recipe in "$@"; do
  say "=== $recipe"
  try "$recipe"
done
say "all is well"
