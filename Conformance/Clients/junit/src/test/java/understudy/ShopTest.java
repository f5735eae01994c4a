package understudy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a test class looks like: a clock that is moved, a reply that is lost, code that is found to be wrong. {@link Connection}
 * stands for the client that your code uses: give it {@code shop.url()}.
 */
@Understudy(failOn = "certain")
class ShopTest {
    private static Connection connect(Endpoint shop) { return new Connection(shop.host(), shop.port()); }

    @Test
    void aSessionEnds(Server server, Endpoint shop) {
        try (Connection client = connect(shop)) {
            server.call("LAB.CLOCK", "data", "FREEZE");
            client.call("SET", "session:ann", "open", "EX", 1800);
            server.call("LAB.CLOCK", "data", "ADVANCE", 1_799_000);
            assertEquals("open", client.call("GET", "session:ann"));
            server.call("LAB.CLOCK", "data", "ADVANCE", 1_000);
            assertNull(client.call("GET", "session:ann"));
        }
    }

    @Test
    void aLostReplyIsAnOrderAllTheSame(Endpoint shop) {
        String lost = shop.fault("FAMILY incr SHARED TIMES 1 DO afterExecution RESET");
        try (Connection client = connect(shop)) {
            assertThrows(UnderstudyException.class, () -> client.call("INCR", "orders:tea"));
        }
        try (Connection client = connect(shop)) {
            assertEquals("1", client.call("GET", "orders:tea"));
        }
        assertEquals(1, shop.fired(lost));
    }

    @Test
    void anOrderNeedsOneConnection(Endpoint shop) {
        try (Connection client = connect(shop)) {
            client.call("INCR", "orders:tea");
        }
        shop.expect("peak-open", "<=", 1);
    }

    @Test
    void aLockThatAnybodyMayReleaseIsFound(Endpoint shop) {
        try (Connection client = connect(shop)) {
            client.call("SET", "lock", "mine", "NX");
            client.call("DEL", "lock");
        }
        assertEquals(List.of("lock.unchecked-release"), shop.findings("high"));
    }
}
