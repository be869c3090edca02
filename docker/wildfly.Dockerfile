# Bugloss on WildFly, at the root of the server.
#   docker build -f docker/wildfly.Dockerfile -t bugloss .
# What it is made from: src/site/markdown/docker.md says how to pin both by digest, and how to renew that.
ARG BUILD_IMAGE=docker.io/library/maven:3.9-eclipse-temurin-17
ARG SERVER_IMAGE=quay.io/wildfly/wildfly:39.0.1.Final-jdk21

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 mvn -B -ntp package -DskipTests

FROM ${SERVER_IMAGE}
# The image's own user, not root.
COPY --from=build --chown=jboss:0 /src/target/bugloss.war /opt/jboss/wildfly/standalone/deployments/ROOT.war
COPY --chown=jboss:0 docker/healthy.sh docker/wildfly.sh /opt/jboss/
USER jboss
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 \
  CMD ["bash", "/opt/jboss/healthy.sh"]
CMD ["bash", "/opt/jboss/wildfly.sh"]
