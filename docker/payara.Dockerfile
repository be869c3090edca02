# Bugloss on Payara Micro, at the root of the server.
#   docker build -f docker/payara.Dockerfile -t bugloss .
# What it is made from: a stage of this file, or any image. src/site/markdown/docker.md says how both are pinned and renewed.
ARG BUILD_IMAGE=maven
ARG SERVER_IMAGE=payara

FROM docker.io/library/maven:3.9-eclipse-temurin-17 AS maven
FROM docker.io/payara/micro:6.2025.10-jdk21 AS payara

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 mvn -B -ntp package -DskipTests

FROM ${SERVER_IMAGE}
COPY --from=build --chown=payara:payara /src/target/bugloss.war /opt/payara/deployments/ROOT.war
COPY --chown=payara:payara docker/healthy.sh docker/hazelcast.xml docker/payara.sh /opt/payara/
# The image's own user, payara: Kubernetes knows by the number only that it is not root.
USER 1000
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 \
  CMD ["sh", "/opt/payara/healthy.sh"]
ENTRYPOINT ["sh", "/opt/payara/payara.sh"]
