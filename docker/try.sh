#!/usr/bin/env bash
# Builds both images and runs the stack with them: the commands of src/site/markdown/docker.md, taken from there, and a look
# at what came of them. Needs root, a Docker engine, Compose 2.24, mmdebstrap, Maven and Python 3; the WAR must be in target/.
#
#   docker/try.sh wildfly payara
#
# Public images are not pulled: it makes stand-ins from Debian's packages and Maven Central's archives. The stand-in of
# Maven's image hands out the WAR of target/, so that nothing is compiled twice. All listen on 127.0.0.1 only (8080, 15432,
# 18081).
# TRY_FOLDER keeps the stand-ins' files, COMPOSE names another Compose.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly WORK=${TRY_FOLDER:-/tmp/bugloss-try}
readonly TREE=$WORK/tree
readonly STAND_INS=$WORK/stand-ins
readonly API=http://127.0.0.1:8080/api
readonly PATIENCE=${TRY_PATIENCE:-300}
readonly WILDFLY_VERSION=39.0.1.Final PAYARA_VERSION=6.2025.10 JAKARTA_VERSION=10.0.0
# A GitHub and an Acme that know a bug each.
readonly TRACKERS=http://127.0.0.1:18081
export DOCKER_BUILDKIT=1 COMPOSE_PROJECT_NAME=bugloss-try
export BUILD_IMAGE=bugloss-try/maven POSTGRES_IMAGE=bugloss-try/postgres

# The commands of docker.md get the file of overrides, too.
docker() {
  if [[ $1 == compose ]]; then
    ${COMPOSE:-command docker compose} "$2" "$3" -f docker/try.compose.yaml "${@:4}"
  else
    command docker "$@"
  fi
}

say() { printf '%s %s\n' "$(date +%T)" "$*"; }
fail() { say "FAILED: $*"; exit 1; }

# The fenced block of docker.md that has this name behind its language.
block() {
  awk -v name="$1" '/^```/ { on = !on && $2 == name; next } on' "$TREE/src/site/markdown/docker.md"
}
run() {
  say "docker.md: $1"
  local commands
  commands=$(block "$1")
  [[ -n $commands ]] || fail "docker.md has no block $1"
  eval "$commands"
}

until_holds() {
  local what=$1 end=$((SECONDS + PATIENCE))
  shift
  until "$@"; do
    ((SECONDS < end)) || { last_words; fail "not within $PATIENCE s: $what"; }
    sleep 1
  done
  say "$what"
}

last_words() {
  docker compose -f docker/compose.yaml logs --tail 40
  docker logs --tail 40 bugloss-try-tracker 2> /dev/null || true
}
container() { docker compose -f docker/compose.yaml ps --all --quiet "$1"; }
of() { docker inspect --format "$2" "$(container "$1")"; }
status() { curl -s -o /dev/null -m 10 -w '%{http_code}' "$API/$1" || true; }
is_healthy() { [[ $(of bugloss '{{.State.Health.Status}}') == healthy ]]; }
answers() { [[ $(status health) == "$1" ]]; }
links() { curl -s -m 10 "$API/link-references/summary" | tr -d ' \n'; }

stand_ins() {
  mkdir -p "$STAND_INS"
  if ! docker image inspect bugloss-try/debian > /dev/null 2>&1; then
    [[ -f $STAND_INS/root.tar ]] || mmdebstrap --variant=minbase --dpkgopt=force-unsafe-io \
      --include=openjdk-17-jdk-headless,postgresql,ca-certificates,busybox,curl bookworm "$STAND_INS/root.tar"
    docker import - bugloss-try/debian < "$STAND_INS/root.tar" > /dev/null
    say "stand-in of a base: Debian"
  fi
  cp target/bugloss.war "$STAND_INS/"
  # What of all that goes to the engine is said by each Dockerfile: BuildKit sends no more.
  build_stand_in maven <<'DOCKERFILE'
FROM bugloss-try/debian
COPY bugloss.war /
RUN printf '#!/bin/sh\nmkdir -p target && cp /bugloss.war target/\n' > /usr/local/bin/mvn && chmod +x /usr/local/bin/mvn
DOCKERFILE
  cat > "$STAND_INS/postgres.sh" <<'SCRIPT'
#!/bin/bash
set -eu
export PGDATA=/var/lib/postgresql/data
mkdir -p "$PGDATA" /run/postgresql
chown postgres: "$PGDATA" /run/postgresql
chmod 700 "$PGDATA"
as() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  cat "$POSTGRES_PASSWORD_FILE" > /run/postgresql/password
  as initdb --username="$POSTGRES_USER" --auth-local=trust --auth-host=scram-sha-256 --pwfile=/run/postgresql/password
  echo "create database $POSTGRES_DB" | as postgres --single -D "$PGDATA" postgres
fi
exec setpriv --reuid postgres --regid postgres --init-groups \
  "$(command -v postgres)" -c listen_addresses=127.0.0.1 -c unix_socket_directories=/run/postgresql
SCRIPT
  build_stand_in postgres <<'DOCKERFILE'
FROM bugloss-try/debian
ENV PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin:/usr/sbin:/sbin
COPY postgres.sh /
STOPSIGNAL SIGINT
CMD ["bash", "/postgres.sh"]
DOCKERFILE
}

build_stand_in() {
  cat > "$STAND_INS/$1.Dockerfile"
  docker build -q --network host -t "bugloss-try/$1" -f "$STAND_INS/$1.Dockerfile" "$STAND_INS" > /dev/null
  say "stand-in of $1"
}

fetch() {
  mvn -q -B -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy "-Dartifact=$1" "-DoutputDirectory=$STAND_INS"
}

stand_in_wildfly() {
  [[ -f $STAND_INS/wildfly-dist-$WILDFLY_VERSION.zip ]] || fetch "org.wildfly:wildfly-dist:$WILDFLY_VERSION:zip"
  if [[ ! -d $STAND_INS/wildfly-$WILDFLY_VERSION ]]; then
    mkdir -p "$STAND_INS/unpacked"
    (cd "$STAND_INS/unpacked" && jar --extract --file "../wildfly-dist-$WILDFLY_VERSION.zip")
    chmod +x "$STAND_INS/unpacked/wildfly-$WILDFLY_VERSION"/bin/*.sh
    mv "$STAND_INS/unpacked/wildfly-$WILDFLY_VERSION" "$STAND_INS/"
  fi
  build_stand_in wildfly <<DOCKERFILE
FROM bugloss-try/debian
RUN groupadd --gid 1000 jboss && useradd --uid 1000 --gid 1000 --home-dir /opt/jboss --create-home jboss
COPY --chown=jboss:0 wildfly-$WILDFLY_VERSION /opt/jboss/wildfly
USER jboss
DOCKERFILE
}

stand_in_payara() {
  [[ -f $STAND_INS/payara-micro-$PAYARA_VERSION.jar ]] || fetch "fish.payara.extras:payara-micro:$PAYARA_VERSION"
  # The real one is Alpine Linux, which has BusyBox, and neither bash nor curl.
  build_stand_in payara <<DOCKERFILE
FROM bugloss-try/debian
RUN groupadd --gid 1000 payara && useradd --uid 1000 --gid 1000 --home-dir /opt/payara --create-home payara \\
  && install -d -o payara -g payara /opt/payara/deployments \\
  && rm /bin/bash /usr/bin/curl && ln -sf busybox /bin/sh && ln -s /bin/busybox /usr/bin/wget
COPY --chown=payara:payara payara-micro-$PAYARA_VERSION.jar /opt/payara/payara-micro.jar
WORKDIR /opt/payara
USER payara
DOCKERFILE
}

look_at_container() {
  local id user memory
  id=$(container bugloss)
  user=$(docker exec "$id" id -u)
  [[ $user != 0 ]] || fail "it runs as root"
  [[ $(of bugloss '{{.HostConfig.ReadonlyRootfs}}') == true ]] || fail "its root is not read-only"
  ! docker exec "$id" touch /opt/written 2> /dev/null || fail "its root can be written to"
  memory=$(of bugloss '{{.HostConfig.Memory}}')
  ((memory > 0)) || fail "its memory has no limit"
  say "user $user, read-only root, memory $(docker stats --no-stream --format '{{.MemUsage}}' "$id")"
  for pid in $(docker top "$id" -eo pid | tail -n +2); do
    ss -Hltnp | grep "pid=$pid," | awk '{ print "  listens on " $4 }' || true
  done | sort -u
}

stops_in_time() {
  local begin=$SECONDS
  docker stop "$(container bugloss)" > /dev/null
  say "docker stop: $((SECONDS - begin)) s, exit code $(of bugloss '{{.State.ExitCode}}')"
  [[ $(of bugloss '{{.State.ExitCode}}') != 137 ]] || fail "it had to be killed"
}

record() {
  curl -s -m 30 -o /dev/null -w "recorded: %{http_code}\n" "$API/link-references" -H 'Content-Type: application/json' \
    -d "{\"url\": \"http://127.0.0.1/bugs/$1\", \"is_defect\": true}"
}

extension() {
  local classes=$1/classes
  [[ -f $STAND_INS/jakarta.jakartaee-api-$JAKARTA_VERSION.jar ]] || fetch "jakarta.platform:jakarta.jakartaee-api:$JAKARTA_VERSION"
  mkdir "$classes"
  javac --release 17 -proc:none -d "$classes" -cp "$PROJECT/target/classes:$STAND_INS/jakarta.jakartaee-api-$JAKARTA_VERSION.jar" \
    "$TREE"/src/examples/tracker/src/main/java/org/acme/*.java
  jar --create --file "$1/acme-trackers-1.0.jar" -C "$classes" .
}

fake_trackers() {
  local issues=$1/github/api/v3/repos/acme/shop/issues tickets=$1/acme/api/tickets
  mkdir -p "$issues" "$tickets"
  echo '{"number": 7, "title": "Crash", "state": "open", "body": "text", "assignees": [], "labels": []}' > "$issues/7"
  echo '{"id": 12, "title": "Loss", "html": "<p>text</p>", "state": {"name": "open", "closed": false}}' > "$tickets/12"
  python3 -m http.server --bind "$(tracker_address 1)" --directory "$1" "$(tracker_address 2)" > /dev/null 2>&1 &
  trackers=$!
}
tracker_address() { cut -d : -f "$1" <<< "${TRACKERS#http://}"; }

tells() {
  local answer
  answer=$(curl -s -m 30 -X POST "$API/trackers/check?url=$TRACKERS/$1")
  [[ $answer == *"$2"* && $answer == *"\"tracker\":\"$3\""* ]] || fail "$1 gave $answer"
  say "$3 tells of $1: $2"
}

tracker() {
  local server=$1 folder=$WORK/tracker
  rm -rf "$folder"
  mkdir -p "$folder"
  extension "$folder"
  fake_trackers "$folder/web"
  awk '/^```/ { on = !on && /dockerfile/; next } on' "$TREE/src/site/markdown/extend.md" > "$folder/Dockerfile"
  [[ $server == wildfly ]] || sed -i 's#/opt/jboss/wildfly/standalone/deployments#/opt/payara/deployments#' "$folder/Dockerfile"
  docker build -q --network host -t bugloss-try/tracker "$folder" > /dev/null
  docker run --detach --name bugloss-try-tracker --network host --read-only --tmpfs /tmp --memory 1280m \
    -e LISTEN_ADDRESS=127.0.0.1 -e BUGLOSS_DB_URL=jdbc:h2:mem:try -e BUGLOSS_ANONYMOUS=editor \
    -e "BUGLOSS_OUTBOUND_ALLOW=${TRACKERS#http://}" -e 'EXTERNAL_BUG_TRACKERS=*,org.acme.ExtendedBugTracker,Acme' \
    -e BUGLOSS_SYSTEMS=hub,tickets \
    -e BUGLOSS_SYSTEM_HUB_TRACKER=ExtendedBugTracker -e "BUGLOSS_SYSTEM_HUB_BASE_URL=$TRACKERS/github" \
    -e BUGLOSS_SYSTEM_TICKETS_TRACKER=Acme -e "BUGLOSS_SYSTEM_TICKETS_BASE_URL=$TRACKERS/acme" \
    bugloss-try/tracker > /dev/null
  until_holds "with trackers of one's own: healthy" answers 200
  tells github/acme/shop/issues/7 'EXTENDED: Crash' ExtendedBugTracker
  tells acme/tickets/12 Loss Acme
  docker logs bugloss-try-tracker 2>&1 | grep -o 'Bugloss is ready. .*' || fail "no line says that it is ready"
  clean_up
}

clean_up() {
  [[ -z $trackers ]] || kill "$trackers"
  trackers=
  command docker rm --force bugloss-try-tracker > /dev/null 2>&1 || true
  docker compose -f docker/compose.yaml down --volumes --timeout 10 > /dev/null 2>&1 || true
}

try() {
  export BUGLOSS_SERVER=$1 SERVER_IMAGE=bugloss-try/$1
  say "=== $1"
  "stand_in_$1"
  echo BUGLOSS_ANONYMOUS=editor > docker/bugloss.env
  run start
  until_holds "healthy" is_healthy
  look_at_container
  record 1
  stops_in_time
  run restart
  until_holds "healthy after a restart" is_healthy
  run backup
  say "backup: $(stat -c %s docker/bugloss.dump) bytes; $(links)"
  record 2
  say "before the restore: $(links)"
  run restore
  until_holds "healthy after the restore" is_healthy
  say "after the restore: $(links)"
  [[ $(links) == *'"unknown":1,'* ]] || fail "the restore did not bring back what was there"
  local version
  version=$(of bugloss '{{.Image}}')
  echo '# The next version.' >> "docker/$BUGLOSS_SERVER.sh"
  run upgrade
  until_holds "healthy after the upgrade" is_healthy
  [[ $(of bugloss '{{.Image}}') != "$version" ]] || fail "the old version still runs"
  [[ $(links) == *'"unknown":1,'* ]] || fail "the upgrade lost data"
  docker compose -f docker/compose.yaml stop db
  docker compose -f docker/compose.yaml restart bugloss
  until_holds "without the database: 503" answers 503
  [[ $(status health/live) == 200 && $(status health/ready) == 503 ]] || fail "a probe would be wrong without the database"
  docker compose -f docker/compose.yaml logs --no-log-prefix --since 2m bugloss | grep -o 'The database is away: .*' | tail -n 1
  docker compose -f docker/compose.yaml start db
  until_holds "healed by itself" answers 200
  clean_up
  tracker "$1"
}

! ss -Hltn | grep -qE ':(8080|15432|18081) ' || fail "ports 8080, 15432 and 18081 must be free"
trackers=
stand_ins
rm -rf "$TREE"
mkdir -p "$TREE"
cp -r .dockerignore .mvn docker pom.xml src "$TREE/"
readonly PROJECT=$PWD
mkdir -p "$TREE/target"
ln -s "$PROJECT/target/test-classes" "$TREE/target/test-classes"
cd "$TREE"
trap clean_up EXIT
for server in "$@"; do
  try "$server"
done
say "all is well"
