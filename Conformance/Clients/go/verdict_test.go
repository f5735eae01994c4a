package understudy_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"understudy"
)

// recorder is a test that notes what it is told, and runs its cleanups when it is asked to.
type recorder struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (r *recorder) Error(args ...any)                 { r.errors = append(r.errors, fmt.Sprint(args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }
func (r *recorder) Cleanup(f func())                  { r.cleanups = append(r.cleanups, f) }

func (r *recorder) end() string {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
	return strings.Join(r.errors, "\n")
}

func TestALeakedPoolFails(t *testing.T) {
	r := &recorder{TB: t}
	shop := server.Fresh(r)
	for i := 0; i < 6; i++ {
		dial(t, shop).Do("INCR", "n")
	}
	if said := r.end(); !strings.Contains(said, "FINDINGS 1 finding that is at least high: [high] conn.leak TestALeakedPoolFails-") {
		t.Errorf("%q", said)
	}
}

func TestARuleThatNeverBitFails(t *testing.T) {
	r := &recorder{TB: t}
	server.Fresh(r).Fault("KEY oders:* DO afterExecution RESET")
	if said := r.end(); said != `the fault rule "KEY oders:* DO afterExecution RESET" never bit` {
		t.Errorf("%q", said)
	}
}

func TestReplies(t *testing.T) {
	client := dial(t, server.Fresh(t))
	reply, err := client.Do("EVAL", "return {1, 'two', false, {double = 1.5}, {map = {k = 'v'}}}", 0)
	if got := fmt.Sprint(reply); err != nil || got != "[1 two <nil> 1.5 map[k:v]]" {
		t.Errorf("%v %v", got, err)
	}
	client.Do("MULTI")
	client.Do("SET", "k", "v")
	client.Do("INCR", "k")
	if reply, err = client.Do("EXEC"); err != nil || fmt.Sprint(reply) != "[OK ERR value is not an integer or out of range]" {
		t.Errorf("%v %v", reply, err)
	}
	if _, err := client.Do("INCR"); err == nil || !strings.HasPrefix(err.Error(), "ERR wrong number of arguments") {
		t.Errorf("%v", err)
	}
}

func TestWhatDoesNotStart(t *testing.T) {
	if _, err := understudy.Start("--no-such-directive", "1"); err == nil || !strings.Contains(err.Error(), "no-such-directive") {
		t.Errorf("%v", err)
	}
	t.Setenv("UNDERSTUDY", "/not/there")
	if _, err := understudy.Start(); err == nil || !strings.Contains(err.Error(), "name it in UNDERSTUDY") {
		t.Errorf("%v", err)
	}
}

func TestJoining(t *testing.T) {
	if os.Getenv("INNER") != "" {
		joined, err := understudy.Join()
		if err != nil || joined == nil {
			t.Fatal(joined, err)
		}
		dial(t, joined.Endpoint(t)).Do("PING")
		return
	}
	if joined, err := understudy.Join(); joined != nil || err != nil {
		t.Error(joined, err)
	}
	command := exec.Command(understudy.Program(), "run", "--", os.Args[0], "-test.run", "^TestJoining$")
	command.Env = append(os.Environ(), "INNER=1")
	if said, err := command.CombinedOutput(); err != nil || !strings.Contains(string(said), "TestJoining-") {
		t.Errorf("%v\n%s", err, said)
	}
}
