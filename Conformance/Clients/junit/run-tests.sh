#!/bin/sh
# Compiles and runs the tests with a JDK and JUnit as Debian has it (apt-get install junit5).
# The classes go to the folder that is given, else to build.
set -eu
cd "$(dirname "$0")"
classes=${1:-build}
jars=/usr/share/java
path=$classes:$jars/opentest4j.jar:$jars/opentest4j-reporting-events.jar:$jars/apiguardian-api.jar:$jars/picocli.jar
for name in jupiter-api jupiter-engine platform-commons platform-console platform-engine platform-launcher platform-reporting; do
  path=$path:$jars/junit-$name.jar
done
mkdir -p "$classes"
javac -encoding UTF-8 -Xlint:all,-classfile,-path -Werror --release 17 -d "$classes" -cp "$path" \
  src/main/java/understudy/*.java src/test/java/understudy/*.java
java -XX:TieredStopAtLevel=1 -cp "$path" org.junit.platform.console.ConsoleLauncher \
  --scan-classpath "$classes" --disable-banner --details tree --disable-ansi-colors
