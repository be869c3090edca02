# Bugloss on WildFly, at the root of the server.
#   docker build -f docker/wildfly.Dockerfile -t bugloss .
# What it is made from: a stage of this file, or any image. src/site/markdown/docker.md says how both are pinned and renewed.
ARG BUILD_IMAGE=maven
ARG SERVER_IMAGE=wildfly

FROM docker.io/library/maven:3.9-eclipse-temurin-17 AS maven
FROM quay.io/wildfly/wildfly:39.0.1.Final-jdk21 AS wildfly

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 mvn -B -ntp package -DskipTests

FROM ${SERVER_IMAGE}
COPY --from=build --chown=jboss:0 /src/target/bugloss.war /opt/jboss/wildfly/standalone/deployments/ROOT.war
COPY --chown=jboss:0 docker/healthy.sh docker/wildfly.sh /opt/jboss/
# The image's own user, jboss: Kubernetes knows by the number only that it is not root.
USER 1000
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 \
  CMD ["sh", "/opt/jboss/healthy.sh"]
CMD ["sh", "/opt/jboss/wildfly.sh"]
