package understudy;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A connection that speaks RESP3: one request, one reply. It knows nothing of the lab. */
public final class Connection implements AutoCloseable {
    private final Socket socket;
    private final InputStream input;

    public Connection(String host, int port) {
        try {
            socket = new Socket(host, port);
            input = new BufferedInputStream(socket.getInputStream());
        } catch (IOException error) {
            throw new UnderstudyException("no server at " + host + ":" + port + ": " + error.getMessage());
        }
        call("HELLO", 3);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException ignored) {
            // It is gone either way.
        }
    }

    /** The reply as a String, Long, Double, Boolean, List, Map or null; throws what is answered as an error. */
    public synchronized Object call(Object... words) {
        Object reply;
        try {
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            request.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
            for (Object word : words) {
                byte[] bytes = String.valueOf(word).getBytes(StandardCharsets.UTF_8);
                request.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
                request.writeBytes(bytes);
                request.writeBytes(new byte[] {'\r', '\n'});
            }
            request.writeTo(socket.getOutputStream());
            reply = read();
        } catch (IOException error) {
            throw new UnderstudyException("the connection is lost: " + error.getMessage());
        }
        if (reply instanceof UnderstudyException) throw (UnderstudyException) reply;
        return reply;
    }

    private Object read() throws IOException {
        String line = line();
        String text = line.substring(1);
        switch (line.charAt(0)) {
            case '+': return text;
            case '-': return new UnderstudyException(text);
            case ':': return Long.parseLong(text);
            case ',': return Double.parseDouble(text);
            case '#': return text.equals("t");
            case '_': return null;
            case '$': case '=': {
                byte[] bytes = input.readNBytes(Integer.parseInt(text));
                line();
                return new String(bytes, StandardCharsets.UTF_8);
            }
            case '*': case '~': case '>': {
                List<Object> items = new ArrayList<>();
                for (int left = Integer.parseInt(text); left > 0; left--) items.add(read());
                return items;
            }
            case '%': {
                Map<Object, Object> entries = new LinkedHashMap<>();
                for (int left = Integer.parseInt(text); left > 0; left--) {
                    Object key = read();
                    entries.put(key, read());
                }
                return entries;
            }
            default: throw new IOException("a reply of an unknown type: " + line);
        }
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int before = 0, next; (next = input.read()) != '\n' || before != '\r'; before = next) {
            if (next < 0) throw new EOFException("closed");
            line.write(next);
        }
        String text = line.toString(StandardCharsets.UTF_8);
        return text.substring(0, Math.max(0, text.length() - 1));
    }
}
