package understudy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An understudy server and its lab: started here ({@link #start}), or the one that {@code understudy run} has started around
 * this process ({@link #join}). Every verb of the control port goes through {@link #call}; LAB.HELP lists them.
 */
public final class Server implements AutoCloseable {
    private final Connection control;
    private final Process process;
    private final String host;
    private final int port;
    private final AtomicInteger count = new AtomicInteger();

    private Server(Connection control, String host, int port, Process process) {
        this.control = control;
        this.host = host;
        this.port = port;
        this.process = process;
    }

    /** What {@link #start} runs: what UNDERSTUDY names, else {@code understudy} on PATH. */
    public static String program() {
        return Optional.ofNullable(System.getenv("UNDERSTUDY")).orElse("understudy");
    }

    /**
     * Starts a server on free ports; returns when clients can connect. The arguments are directives as redis-server takes them.
     * The server ends with this process, if not before.
     */
    public static Server start(String... directives) {
        List<String> command = new ArrayList<>(List.of(
            program(), "--port", "auto", "--control-port", "auto", "--exit-with-parent", "yes"));
        command.addAll(List.of(directives));
        StringBuilder log = new StringBuilder();
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            BufferedReader lines = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            String line;
            while ((line = lines.readLine()) != null && !line.startsWith("{")) log.append(line).append('\n');
            if (line == null) throw new UnderstudyException(program() + " did not start:\n" + log);
            // What it says later must not fill the pipe.
            Thread reader = new Thread(() -> {
                try {
                    process.getInputStream().transferTo(OutputStream.nullOutputStream());
                } catch (IOException ignored) {
                    // Closed: the server has ended.
                }
            }, "understudy-log");
            reader.setDaemon(true);
            reader.start();
            String host = field(line, "host");
            int control = Integer.parseInt(field(line, "controlPort"));
            return new Server(new Connection(host, control), host, Integer.parseInt(field(line, "port")), process);
        } catch (IOException error) {
            throw new UnderstudyException(error.getMessage() + ": put understudy on PATH, or name it in UNDERSTUDY");
        }
    }

    /** The server that {@code understudy run} has started around this process, if there is one. */
    public static Optional<Server> join() {
        String control = System.getenv("UNDERSTUDY_CONTROL_URL");
        if (control == null) return Optional.empty();
        URI data = URI.create(System.getenv("REDIS_URL"));
        URI lab = URI.create(control);
        return Optional.of(new Server(new Connection(lab.getHost(), lab.getPort()), data.getHost(), data.getPort(), null));
    }

    /** A field of the announcement, which is one line of flat JSON. */
    private static String field(String json, String name) {
        Matcher match = Pattern.compile("\"" + name + "\":\"?([^\",}]*)").matcher(json);
        if (!match.find()) throw new UnderstudyException("the announcement names no " + name + ": " + json);
        return match.group(1);
    }

    public String host() { return host; }

    public int port() { return port; }

    public String url() { return "redis://" + host + ":" + port; }

    /** Sends a verb to the control port: {@code call("LAB.CLOCK", "data", "ADVANCE", 60_000)}. */
    public Object call(Object... words) { return control.call(words); }

    /** A name that no other endpoint or rule of this server has. */
    String unique(String prefix) {
        String plain = prefix.replaceAll("[^!-~]", "_");
        return plain.substring(0, Math.min(40, plain.length())) + "-" + ProcessHandle.current().pid() + "-"
            + count.incrementAndGet();
    }

    /** Opens a way in of its own for one client under test. */
    public Endpoint endpoint(String name) {
        return new Endpoint(this, name, ((Long) call("LAB.ENDPOINT", "OPEN", name)).intValue());
    }

    /** Ends all faults, empties the data, and lets the clocks run. */
    public void reset() {
        for (String part : List.of("FAULTS", "DATA")) call("LAB.RESET", part);
        for (String clock : List.of("data", "wait", "script")) call("LAB.CLOCK", clock, "REAL");
    }

    /** Ends a server that was started, and the control connection. */
    @Override
    public void close() {
        control.close();
        if (process == null) return;
        process.destroy();
        process.onExit().join();
    }
}
