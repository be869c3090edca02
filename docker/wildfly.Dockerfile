# Bugloss on WildFly, at the root of the server.
#   docker build -f docker/wildfly.Dockerfile -t bugloss .
FROM docker.io/library/maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 mvn -B -ntp package -DskipTests

FROM quay.io/wildfly/wildfly:39.0.1.Final-jdk21
# The image's own user, not root.
COPY --from=build --chown=jboss:0 /src/target/bugloss.war /opt/jboss/wildfly/standalone/deployments/ROOT.war
COPY --chown=jboss:0 docker/healthy.sh /opt/jboss/healthy.sh
USER jboss
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 \
  CMD ["bash", "/opt/jboss/healthy.sh"]
CMD ["/opt/jboss/wildfly/bin/standalone.sh", "-b", "0.0.0.0"]
