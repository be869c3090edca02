# Bugloss on Payara Micro, at the root of the server.
#   docker build -f docker/payara.Dockerfile -t bugloss .
# What it is made from: src/site/markdown/docker.md says how to pin both by digest, and how to renew that.
ARG BUILD_IMAGE=docker.io/library/maven:3.9-eclipse-temurin-17
ARG SERVER_IMAGE=docker.io/payara/micro:6.2025.10-jdk21

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 mvn -B -ntp package -DskipTests

FROM ${SERVER_IMAGE}
# The image's own user, not root.
COPY --from=build --chown=payara:payara /src/target/bugloss.war /opt/payara/deployments/ROOT.war
COPY --chown=payara:payara docker/healthy.sh docker/hazelcast.xml docker/payara.sh /opt/payara/
USER payara
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 \
  CMD ["bash", "/opt/payara/healthy.sh"]
ENTRYPOINT ["bash", "/opt/payara/payara.sh"]
