# Bugloss on Payara Micro, at the root of the server.
#   docker build -f docker/payara.Dockerfile -t bugloss .
FROM docker.io/library/maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 mvn -B -ntp package -DskipTests

FROM docker.io/payara/micro:6.2025.10-jdk21
# The image's own user, not root.
COPY --from=build --chown=payara:payara /src/target/bugloss.war /opt/payara/deployments/ROOT.war
COPY --chown=payara:payara docker/healthy.sh /opt/payara/healthy.sh
USER payara
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 \
  CMD ["bash", "/opt/payara/healthy.sh"]
# Nodes share the database, not a cluster of Payara's.
CMD ["--deploymentDir", "/opt/payara/deployments", "--nocluster", "--disablephonehome"]
