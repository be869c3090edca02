#!/bin/sh
# Starts WildFly on a copy of its folders in /tmp, the only place that it writes to: the image's root may be read-only, and
# what a killed server left behind is gone at the next start.
set -eu
rm -rf /tmp/wildfly
cp -r /opt/jboss/wildfly/standalone /tmp/wildfly
# So that the server gets the signal of docker stop, and not the shell that started it.
export LAUNCH_JBOSS_IN_BACKGROUND=true
exec /opt/jboss/wildfly/bin/standalone.sh -b "${LISTEN_ADDRESS:-0.0.0.0}" -Djboss.server.base.dir=/tmp/wildfly
