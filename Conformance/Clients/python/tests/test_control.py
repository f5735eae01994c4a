"""The package without pytest's fixtures: starting, joining, every verb, and what goes wrong."""

import os
import socket
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
import understudy
from understudy.resp import Connection


@pytest.fixture(scope="module")
def server():
    with understudy.start(seed=7) as server:
        yield server


@pytest.fixture
def endpoint(server):
    server.reset()
    with server.endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def client(endpoint):
    """A client that needs no library: the control connection's own."""
    client = Connection(endpoint.host, endpoint.port)
    yield client
    client.close()


def test_clocks(server, client):
    clock = server.clock("data")
    clock.freeze()
    client.call("SET", "k", "v", "EX", 60)
    start = clock.now
    assert start.state == "frozen"
    assert clock.advance(timedelta(minutes=1)).milliseconds == start.milliseconds + 60_000
    assert client.call("GET", "k") is None
    assert clock.set(1000.5).milliseconds == 1_000_500
    assert clock.real().state == "real"


def test_faults(endpoint, client):
    with endpoint.fault("beforeExecution", "ERROR", "BUSY later", family="incr", key="n*", times=1) as fault:
        with pytest.raises(understudy.UnderstudyError, match="^BUSY later$"):
            client.call("INCR", "n")
        assert client.call("INCR", "n") == 1
        [firing] = fault.firings
        assert (fault.fired, firing.command, firing.took_effect) == (1, "incr", False)
        assert [rule["id"] for rule in endpoint.control.list_faults()] == [fault.id]
    assert endpoint.control.list_faults() == []
    assert endpoint.control.unfired() == []
    endpoint.fault("replyByte 3", "CLOSE", command=["get", "mget"], without_flag="admin", lasting=5)
    endpoint.fault("afterExecution", "DELAY", 1, probability=0.5, id="chance")
    assert len(endpoint.control.unfired()) == 1


def test_a_removed_rule_that_never_bit_is_known(endpoint):
    with endpoint.fault("beforeExecution", "DROP", command="get") as fault:
        pass
    assert endpoint.control.unfired() == [fault.id]


def test_presets_and_quotas(server, endpoint, client):
    fault = endpoint.preset("loading")
    with pytest.raises(understudy.UnderstudyError, match="^LOADING"):
        client.call("GET", "k")
    fault.remove()
    assert client.call("GET", "k") is None
    endpoint.quota(connections=1)
    with pytest.raises(understudy.UnderstudyError):
        Connection(endpoint.host, endpoint.port)
    [quota] = server.quotas()
    assert (quota["connection-limit"], quota["breaches"]) == (1, 1)
    endpoint.quota()
    assert server.quotas() == []


def test_ledger(endpoint, client):
    client.call("INCR", "n")
    ledger = endpoint.ledger()
    assert (ledger.total.opens, ledger.total.peak_open, ledger.executions("INCR")) == (1, 1, 1)
    assert (ledger.executions("incr", "n"), ledger.executions("incr", "m"), ledger.executions("get")) == (1, 0, 0)
    assert ledger.identities[0].user == "default"
    assert len(ledger.json["connections"]) == 1


def test_waiting(endpoint, client):
    other = Connection(endpoint.host, endpoint.port)
    thread = threading.Thread(target=other.call, args=("BLPOP", "queue", 0))
    thread.start()
    endpoint.wait("blocked", "==", 1, timeout=30)
    endpoint.expect("peak-open", "<=", 2)
    with pytest.raises(understudy.UnderstudyError, match="open is 2, expected == 3"):
        endpoint.expect("open", "==", 3)
    client.call("RPUSH", "queue", "x")
    thread.join()
    other.close()
    with pytest.raises(understudy.UnderstudyError, match="timed out"):
        endpoint.wait("blocked", "==", 9, timeout=0.01)


def test_findings(server, endpoint, client):
    client.call("SET", "lock", 1, "NX")
    client.call("DEL", "lock")
    client.call("KEYS", "*")
    client.call("MULTI")
    server.mark("checkpoint")
    client.call("DISCARD")
    assert [finding.rule for finding in endpoint.findings("certain")] == ["cmd.keys", "state.dirty"]
    with pytest.raises(understudy.UnderstudyError, match="^FINDINGS 2 findings") as caught:
        endpoint.finish()
    assert [finding.certainty for finding in caught.value.findings] == ["certain", "certain"]
    assert "Mend: Use SCAN" in str(caught.value.findings[0])
    known = [understudy.Allow(rule, endpoint=endpoint.name, why="shown") for rule in ("cmd.keys", "state.dirty")]
    endpoint.finish(allow=known)
    with pytest.raises(understudy.UnderstudyError, match="lock.unchecked-release"):
        endpoint.finish("high")
    server.call("LAB.ALLOW", "CLEAR")


def test_marks(server, client):
    server.mark("checkout", client=client.call("CLIENT", "ID"))
    server.mark("return", local_port=client._socket.getsockname()[1])


def test_snapshots(server, client):
    client.call("SET", "k", "saved")
    saved = server.snapshot("here").save()
    client.call("FLUSHALL")
    saved.restore()
    assert client.call("GET", "k") == "saved"
    saved.drop()
    with pytest.raises(understudy.UnderstudyError, match="no snapshot of that name: 'here'"):
        saved.restore()


def test_the_default_endpoint(server):
    server.reset()
    server.default.record(True)
    client = Connection("127.0.0.1", server.default.port)
    client.call("KEYS", "*")
    assert [finding.rule for finding in server.findings()] == ["cmd.keys"]
    client.close()
    server.default.record(False)


def test_every_type_of_reply(client):
    client.call("SET", "k", b"\xff\x00\r\n")
    assert client.call("GET", "k").encode(errors="surrogateescape") == b"\xff\x00\r\n"
    assert client.call("EVAL", "return {1, {ok = 'ok'}, false, {double = 1.5}}", 0) == [1, "ok", None, 1.5]
    assert client.call("HELLO")["proto"] == 3
    assert client.call("CLIENT", "LIST").startswith("id=")


def test_passwords():
    with understudy.start(password="s/ä c", version="7.0") as server:
        assert server.url.startswith("redis://:s%2F%C3%A4%20c@127.0.0.1:")
        endpoint = server.endpoint("one")
        assert endpoint.url == f"redis://:s%2F%C3%A4%20c@127.0.0.1:{endpoint.port}"
        assert "ready" in server.log.lower() or server.log


def test_unix_sockets(server, tmp_path):
    with server.endpoint("unix", unix=str(tmp_path / "a.sock")) as endpoint:
        assert endpoint.url == f"unix://{tmp_path}/a.sock"
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(endpoint.path)


def test_no_program(monkeypatch):
    monkeypatch.delenv("UNDERSTUDY", raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(understudy.UnderstudyError, match="there is no program 'understudy': build it"):
        understudy.start()
    with pytest.raises(understudy.UnderstudyError, match="there is no program '/not/there'"):
        understudy.start(binary="/not/there")


def test_a_server_that_does_not_start():
    with pytest.raises(understudy.UnderstudyError, match="(?s)did not start:.*no-such-directive"):
        understudy.start("--no-such-directive", "1")


def test_joining(monkeypatch, server):
    monkeypatch.delenv("UNDERSTUDY_CONTROL_URL", raising=False)
    assert understudy.join() is None
    monkeypatch.setenv("UNDERSTUDY_CONTROL_URL", server.control_url)
    monkeypatch.setenv("REDIS_URL", server.url)
    with understudy.join() as joined:
        assert not joined.is_own and joined.url == server.url
        joined.endpoint("joined").close()
    assert server.call("PING") == "PONG"


def test_joining_with_passwords():
    program = "import understudy; print(understudy.join().endpoint('joined').url)"
    options = ["--requirepass", "c d", "--control-password", "a b"]
    command = [understudy.find_binary(), "run", *options, "--", sys.executable, "-c", program]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.startswith("redis://:c%20d@127.0.0.1:")


def test_the_server_ends_with_its_program():
    program = "import understudy; print(understudy.start()._process._process.pid, flush=True)"
    pid = int(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_lost_server():
    server = understudy.start()
    server.stop()
    with pytest.raises(understudy.UnderstudyError, match="PING: the control connection is lost"):
        server.call("PING")
