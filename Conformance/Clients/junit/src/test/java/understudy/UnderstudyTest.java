package understudy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** The classes themselves: verdicts, replies, and what goes wrong. */
@Understudy
class UnderstudyTest {
    private static Connection connect(Endpoint endpoint) { return new Connection(endpoint.host(), endpoint.port()); }

    /** Run by the test below, in a run of its own. */
    @Understudy(failOn = "high")
    @EnabledIfEnvironmentVariable(named = "NEVER_BY_ITSELF", matches = "yes", disabledReason = "fails on purpose")
    static class Wrong {
        private static final List<Connection> KEPT = new ArrayList<>();

        @Test
        void leak(Endpoint endpoint) {
            for (int n = 0; n < 6; n++) {
                KEPT.add(connect(endpoint));
                KEPT.get(KEPT.size() - 1).call("INCR", "n");
            }
        }

        @Test
        void typo(Endpoint endpoint) { endpoint.fault("KEY oders:* DO afterExecution RESET"); }

        @Test
        void known(Endpoint endpoint) {
            connect(endpoint).call("KEYS", "*");
            endpoint.allow("cmd.keys", "shown here");
        }
    }

    @Test
    void verdicts() {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(
            LauncherDiscoveryRequestBuilder.request().selectors(DiscoverySelectors.selectClass(Wrong.class))
                .configurationParameter("junit.jupiter.conditions.deactivate", "org.junit.*EnabledIfEnvironment*").build(),
            listener);
        List<String> said = new ArrayList<>();
        listener.getSummary().getFailures().forEach(each -> said.add(each.getException().getMessage()));
        said.sort(null);
        assertEquals(2, said.size(), said.toString());
        assertTrue(said.get(0).startsWith("FINDINGS 1 finding that is at least high: [high] conn.leak leak-"), said.get(0));
        assertTrue(said.get(1).matches("the fault rule fault-\\S+ never bit"), said.get(1));
        assertEquals(1, listener.getSummary().getTestsSucceededCount());
    }

    @Test
    void replies(Endpoint endpoint) throws InterruptedException {
        try (Connection client = connect(endpoint); Connection other = connect(endpoint)) {
            String script = "return {1, 'zwölf', {double = 1.5}, {map = {k = 'v'}}, {ok = 'ok'}}";
            assertEquals(List.of(1L, "zwölf", 1.5, Map.of("k", "v"), "ok"), client.call("EVAL", script, 0));
            String said = assertThrows(UnderstudyException.class, () -> client.call("INCR")).getMessage();
            assertTrue(said.startsWith("ERR wrong number of arguments"), said);
            List<Object> popped = new ArrayList<>();
            Thread waiting = new Thread(() -> popped.add(other.call("BLPOP", "queue", 0)));
            waiting.start();
            endpoint.await("blocked", "==", 1);
            client.call("RPUSH", "queue", "x");
            waiting.join();
            assertEquals(List.of(List.of("queue", "x")), popped);
        }
        assertTrue(endpoint.ledger().startsWith("{\"endpoint\":\"replies-"), endpoint.ledger());
    }

    @Test
    void whatDoesNotStart() {
        String said = assertThrows(UnderstudyException.class, () -> Server.start("--no-such-directive", "1")).getMessage();
        assertTrue(said.contains("did not start:") && said.contains("no-such-directive"), said);
    }

    @Test
    @DisabledIfEnvironmentVariable(named = "UNDERSTUDY_CONTROL_URL", matches = ".+")
    void aRunIsJoined() throws IOException, InterruptedException {
        assertTrue(Server.join().isEmpty());
        Process run = new ProcessBuilder(
            Server.program(), "run", "--", ProcessHandle.current().info().command().orElse("java"), "-cp",
            System.getProperty("java.class.path"), Joined.class.getName()).redirectErrorStream(true).start();
        String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(said.startsWith("joined\n"), said);
        assertEquals(0, run.waitFor());
    }

    /** A program that is run by {@code understudy run}. */
    static final class Joined {
        public static void main(String[] arguments) {
            Server server = Server.join().orElseThrow();
            boolean opens = Stream.of(server.endpoint("joined")).allMatch(endpoint -> endpoint.port() > 0);
            System.out.println(opens && server.url().equals(System.getenv("REDIS_URL")) ? "joined" : "not joined");
            server.close();
        }
    }
}
