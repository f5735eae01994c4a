package understudy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A way in of its own for one client under test: hand its {@link #url}, or host and port, to it. */
public final class Endpoint {
    private final Server server;
    private final String name;
    private final int port;
    private final List<String> rules = new ArrayList<>();

    Endpoint(Server server, String name, int port) {
        this.server = server;
        this.name = name;
        this.port = port;
    }

    public String name() { return name; }

    public String host() { return server.host(); }

    public int port() { return port; }

    public String url() { return "redis://" + host() + ":" + port; }

    /** Adds a rule in the server's words: {@code "FAMILY incr SHARED TIMES 1 DO afterExecution RESET"}. Returns its id. */
    public String fault(String rule) {
        String id = server.unique("fault");
        List<Object> words = new ArrayList<>(List.of("LAB.FAULT", "ADD", id, "ENDPOINT", name));
        words.addAll(Arrays.asList(rule.trim().split("\\s+")));
        server.call(words.toArray());
        rules.add(id);
        return id;
    }

    /** How often a rule has bitten. */
    public long fired(String id) { return (Long) ((Map<?, ?>) server.call("LAB.FAULT", "FIRED", id)).get("fired"); }

    /** Throws unless a figure is as it should be now: {@code expect("peak-open", "<=", 10)}. */
    public void expect(String figure, String comparison, Number value) {
        server.call("LAB.EXPECT", name, figure, comparison, value);
    }

    /** Returns when a figure is as it should be: {@code await("blocked", "==", 1)}. */
    public void await(String figure, String comparison, Number value) {
        server.call("LAB.WAIT", name, figure, comparison, value);
    }

    /** What its clients did, as JSON. */
    public String ledger() { return (String) server.call("LAB.LEDGER", name, "JSON"); }

    /** The rules of which its clients do what is wrong, the surest first; {@code LAB.FINDINGS} tells more. */
    public List<String> findings(String atLeast) {
        List<String> found = new ArrayList<>();
        for (Object each : (List<?>) server.call("LAB.FINDINGS", "MIN", atLeast, name)) {
            found.add((String) ((Map<?, ?>) each).get("rule"));
        }
        return found;
    }

    /** Lets findings of a rule pass that are known. */
    public void allow(String rule, String why) { server.call("LAB.ALLOW", "ADD", rule, "ENDPOINT", name, "WHY", why); }

    /** The verdict: ends the rules, closes the endpoint, and returns what there is to complain of. */
    public List<String> finish(String failOn) {
        List<String> problems = new ArrayList<>();
        try {
            server.call("LAB.FINISH", "FAILON", failOn, name);
        } catch (UnderstudyException error) {
            problems.add(error.getMessage());
        }
        for (String id : rules) {
            if (fired(id) == 0) problems.add("the fault rule " + id + " never bit");
            server.call("LAB.FAULT", "DEL", id);
        }
        server.call("LAB.ENDPOINT", "CLOSE", name);
        return problems;
    }
}
