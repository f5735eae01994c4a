package understudy_test

import (
	"encoding/json"
	"log"
	"os"
	"strings"
	"testing"

	"understudy"
)

var server *understudy.Server

func TestMain(m *testing.M) {
	var err error
	if server, err = understudy.Start("--seed", "7"); err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// dial stands for the client that your code uses: give it shop.Addr, and close it when the test ends.
func dial(t *testing.T, shop *understudy.Endpoint) *understudy.Conn {
	t.Helper()
	client, err := understudy.Dial(shop.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func TestASessionEnds(t *testing.T) {
	shop := server.Fresh(t)
	client := dial(t, shop)
	shop.Must(t, "LAB.CLOCK", "data", "FREEZE")
	client.Do("SET", "session:ann", "open", "EX", 1800)
	shop.Must(t, "LAB.CLOCK", "data", "ADVANCE", 1_799_000)
	if n, _ := client.Do("EXISTS", "session:ann"); n != 1 {
		t.Errorf("gone after 1799 seconds")
	}
	shop.Must(t, "LAB.CLOCK", "data", "ADVANCE", 1_000)
	if n, _ := client.Do("EXISTS", "session:ann"); n != 0 {
		t.Errorf("there after 1800 seconds")
	}
}

func TestALostReply(t *testing.T) {
	shop := server.Fresh(t)
	shop.Fault("FAMILY incr KEY orders:* SHARED TIMES 1 DO afterExecution RESET")
	if _, err := dial(t, shop).Do("INCR", "orders:tea"); err == nil {
		t.Error("the reply should have been lost")
	}
	// The order was taken all the same: to send it again would be a second one.
	if n, _ := dial(t, shop).Do("GET", "orders:tea"); n != "1" {
		t.Errorf("%v orders", n)
	}
}

func TestWhatIsFound(t *testing.T) {
	shop := server.Fresh(t)
	client := dial(t, shop)
	client.Do("SET", "lock", "mine", "NX")
	client.Do("DEL", "lock")
	var found []struct{ Rule, Story string }
	json.Unmarshal([]byte(shop.Must(t, "LAB.FINDINGS", "MIN", "high", shop.Name, "JSON").(string)), &found)
	if len(found) != 1 || found[0].Rule != "lock.unchecked-release" {
		t.Errorf("%v", found)
	}
	// Without this the verdict behind the test fails it.
	shop.Must(t, "LAB.ALLOW", "ADD", found[0].Rule, "ENDPOINT", shop.Name, "WHY", "shown here")
}

func TestTheLedger(t *testing.T) {
	shop := server.Fresh(t)
	dial(t, shop).Do("INCR", "n")
	shop.Must(t, "LAB.EXPECT", shop.Name, "peak-open", "<=", 1)
	if _, err := shop.Do("LAB.EXPECT", shop.Name, "peak-open", "==", 2); err == nil || !strings.Contains(err.Error(), "peak-open is 1") {
		t.Errorf("%v", err)
	}
}
