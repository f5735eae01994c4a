// Package understudy starts the understudy server for Go tests: a Redis-compatible server that tells what the code under
// test did wrong with it, stops its clocks, and breaks its connections. One file, nothing but the standard library: copy it.
package understudy

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// Error is what a server has answered as an error.
type Error string

func (e Error) Error() string { return string(e) }

// Server is a server and the connection to its control port.
type Server struct {
	Addr    string // of the data port, as host:port
	control *Conn
	stop    func()
}

// Program is what Start runs: what UNDERSTUDY names, else understudy on PATH.
func Program() string {
	if program := os.Getenv("UNDERSTUDY"); program != "" {
		return program
	}
	return "understudy"
}

// Start starts a server on free ports, and returns when clients can connect. The arguments are directives as redis-server
// takes them. The server ends with this process, if not before.
func Start(arguments ...string) (*Server, error) {
	own := []string{"--port", "auto", "--control-port", "auto", "--exit-with-parent", "yes"}
	command := exec.Command(Program(), append(own, arguments...)...)
	output, _ := command.StdoutPipe()
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("%w: put understudy on PATH, or name it in UNDERSTUDY", err)
	}
	stop := func() { _, _ = command.Process.Signal(syscall.SIGTERM), command.Wait() }
	log, lines := "", bufio.NewReader(output)
	for {
		line, err := lines.ReadString('\n')
		if log += line; err != nil {
			stop()
			return nil, fmt.Errorf("%s did not start:\n%s", command.Path, log)
		}
		var announced struct{ Port, ControlPort int }
		if json.Unmarshal([]byte(line), &announced) == nil {
			go func() { _, _ = io.Copy(io.Discard, lines) }() // what it says later must not fill the pipe
			control, err := Dial(fmt.Sprint("127.0.0.1:", announced.ControlPort))
			if err != nil {
				stop()
			}
			return &Server{fmt.Sprint("127.0.0.1:", announced.Port), control, stop}, err
		}
	}
}

// Join returns the server that `understudy run` has started around this process; nil if there is none.
func Join() (*Server, error) {
	address, err := url.Parse(os.Getenv("UNDERSTUDY_CONTROL_URL"))
	if err != nil || address.Host == "" {
		return nil, err
	}
	control, err := Dial(address.Host)
	return &Server{os.Getenv("REDIS_ADDR"), control, func() {}}, err
}

// Stop ends a server that was started, and the control connection.
func (s *Server) Stop() {
	s.control.Close()
	s.stop()
}

// Do sends a verb to the control port: s.Do("LAB.CLOCK", "data", "ADVANCE", 60000). LAB.HELP lists them.
func (s *Server) Do(words ...any) (any, error) { return s.control.Do(words...) }

// Must is Do for tests: an error ends the test.
func (s *Server) Must(t testing.TB, words ...any) any {
	t.Helper()
	reply, err := s.Do(words...)
	if err != nil {
		t.Fatalf("%v: %v", words, err)
	}
	return reply
}

// Endpoint is a way in of its own for one client under test.
type Endpoint struct {
	*Server
	Name, Addr string
	t          testing.TB
}

// Fresh ends all faults, empties the data, and opens an endpoint. Not for parallel tests: they share the data.
func (s *Server) Fresh(t testing.TB) *Endpoint {
	for _, verb := range []string{"RESET FAULTS", "RESET DATA", "CLOCK data REAL", "CLOCK wait REAL", "CLOCK script REAL"} {
		s.Must(t, words("LAB."+verb)...)
	}
	return s.Endpoint(t)
}

var count int64

func number() string { return fmt.Sprintf("%d-%d", os.Getpid(), atomic.AddInt64(&count, 1)) }

func words(line string) (all []any) {
	for _, word := range strings.Fields(line) {
		all = append(all, word)
	}
	return all
}

// Endpoint opens an endpoint for a test. Behind the test what its clients did is judged, from findings of certainty "high"
// on; what is known passes by s.Do("LAB.ALLOW", …) before.
func (s *Server) Endpoint(t testing.TB) *Endpoint {
	name := fmt.Sprintf("%.40s-%s", regexp.MustCompile("[^!-~]").ReplaceAllString(t.Name(), "_"), number())
	e := &Endpoint{s, name, fmt.Sprint("127.0.0.1:", s.Must(t, "LAB.ENDPOINT", "OPEN", name)), t}
	t.Cleanup(func() {
		if _, err := s.Do("LAB.FINISH", "FAILON", "high", name); err != nil {
			t.Error(err)
		}
		s.Must(t, "LAB.ENDPOINT", "CLOSE", name)
	})
	return e
}

// Fault adds a rule in the server's words: e.Fault("FAMILY incr SHARED TIMES 1 DO afterExecution RESET"). It ends with the
// test, and fails it if it never bit.
func (e *Endpoint) Fault(rule string) {
	id := "fault-" + number()
	e.Must(e.t, words("LAB.FAULT ADD "+id+" ENDPOINT "+e.Name+" "+rule)...)
	e.t.Cleanup(func() {
		if e.Must(e.t, "LAB.FAULT", "FIRED", id).(map[string]any)["fired"] == 0 {
			e.t.Errorf("the fault rule %q never bit", rule)
		}
		e.Must(e.t, "LAB.FAULT", "DEL", id)
	})
}

// Conn is a connection that speaks RESP3, to either port.
type Conn struct {
	net.Conn
	mutex  sync.Mutex
	reader *bufio.Reader
}

// Dial connects to a data port or a control port.
func Dial(addr string) (*Conn, error) {
	socket, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &Conn{Conn: socket, reader: bufio.NewReader(socket)}
	_, err = c.Do("HELLO", 3)
	return c, err
}

// Do sends a command; the reply is a string, int, float64, []any, map[string]any or nil.
func (c *Conn) Do(words ...any) (any, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	request := fmt.Sprintf("*%d\r\n", len(words))
	for _, word := range words {
		text := fmt.Sprint(word)
		request += fmt.Sprintf("$%d\r\n%s\r\n", len(text), text)
	}
	if _, err := io.WriteString(c.Conn, request); err != nil {
		return nil, err
	}
	return c.read()
}

func (c *Conn) read() (any, error) {
	line, err := c.reader.ReadString('\n')
	if err != nil {
		return nil, err
	}
	kind, text := line[0], strings.TrimSpace(line[1:])
	count, _ := strconv.Atoi(text)
	switch kind {
	case '+':
		return text, nil
	case '-':
		return nil, Error(text)
	case ':':
		return count, nil
	case ',':
		return strconv.ParseFloat(text, 64)
	case '_':
		return nil, nil
	case '$':
		data := make([]byte, count+2)
		_, err := io.ReadFull(c.reader, data)
		return string(data[:count]), err
	case '%':
		count *= 2
	case '*':
	default:
		return nil, fmt.Errorf("a reply of an unknown type: %q", line)
	}
	items, entries := make([]any, count), map[string]any{}
	for i := range items {
		items[i], err = c.read()
		if said, isReply := err.(Error); isReply {
			items[i] = said // as those within what EXEC answers
		} else if err != nil {
			return nil, err
		}
		if i%2 == 1 {
			entries[fmt.Sprint(items[i-1])] = items[i]
		}
	}
	if kind == '%' {
		return entries, nil
	}
	return items, nil
}
