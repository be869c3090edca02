#!/bin/sh
# Starts Payara Micro by itself, since nodes share the database and not a cluster of Payara's, and without a word to its makers.
set -eu
listen=/tmp/payara-listen.txt
# It has no option for the address.
echo "set configs.config.server-config.network-config.network-listeners.network-listener.http-listener.address=${LISTEN_ADDRESS:-0.0.0.0}" \
  > "$listen"
# Half of the container's memory for the heap: the image's own 70 % leaves too little for the rest, which /tmp is part of.
# shellcheck disable=SC2086 # JVM_ARGS are several words
exec java -XX:MaxRAMPercentage="${HEAP_PERCENT:-50}" -Dhazelcast.config=/opt/payara/hazelcast.xml ${JVM_ARGS:-} \
  -jar /opt/payara/payara-micro.jar --nocluster --nohazelcast --disablephonehome --prebootcommandfile "$listen" \
  --deploymentDir /opt/payara/deployments
