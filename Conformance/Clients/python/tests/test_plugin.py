"""The fixtures, by suites of their own that pytest runs: what passes, what fails, and with which words."""

import os
import subprocess
import sys

import pytest

CLIENT = """
import pytest, understudy as lab
from understudy.resp import Connection

def connect(endpoint):
    return Connection(endpoint.host, endpoint.port)
"""


@pytest.fixture
def run(pytester, monkeypatch):
    for name in ("UNDERSTUDY_CONTROL_URL", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run(tests, *arguments, ini="", **outcomes):
        pytester.makepyfile(test_it=CLIENT + tests)
        pytester.makeini(f"[pytest]\n{ini}")
        plugin = [] if _is_installed() else ["-p", "understudy.pytest_plugin"]
        result = pytester.runpytest(*plugin, "-p", "no:cacheprovider", *arguments)
        result.assert_outcomes(**outcomes)
        return result

    return run


def _is_installed():
    from importlib.metadata import distributions

    return any(entry.group == "pytest11" and entry.name == "understudy" for each in distributions() for entry in each.entry_points)


LEAK = """
KEPT = []

{mark}
def test_leak(redis_endpoint):
    for _ in range(6):
        client = connect(redis_endpoint)
        client.call("INCR", "n")
        KEPT.append(client)
"""


def test_a_leaked_pool_fails_with_the_findings_message(run):
    result = run(LEAK.format(mark="@pytest.mark.understudy(fail_on='high')"), passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*[[]high[]] conn.leak test_leak-*", "*Mend: Give every connection back*", "*Let it pass: *Allow('conn.leak', why=*"])


def test_what_is_known_passes(run):
    run(LEAK.format(mark="@pytest.mark.understudy(fail_on='high', allow=[lab.Allow('conn.leak', why='shown')])"), passed=1)
    run(LEAK.format(mark=""), passed=1)
    run(LEAK.format(mark="@pytest.mark.understudy(fail_on='never')"), ini="understudy_fail_on = high", passed=1)


def test_the_settings_file_says_what_fails(run):
    run(LEAK.format(mark=""), ini="understudy_fail_on = high\nunderstudy_args = --seed 7 --emulate-version 7.0", passed=1, errors=1)


def test_each_test_begins_afresh(run):
    run(
        """
@pytest.mark.parametrize("round", [1, 2])
def test_fresh(redis_endpoint, understudy, round):
    client = connect(redis_endpoint)
    assert client.call("INCR", "n") == 1
    assert understudy.clock().now.state == "real"
    assert understudy.ledger().total.opens == 1
    understudy.clock().freeze()
    understudy.clock("wait").freeze()
""", passed=2)


def test_each_test_begins_with_the_snapshot(run):
    run(
        """
@pytest.fixture(scope="session")
def understudy_snapshot(understudy_server):
    client = connect(understudy_server.default)
    client.call("SET", "stock", 10)
    understudy_server.snapshot("shop").save()
    client.call("SET", "stock", 0)
    understudy_server.snapshot("sold-out").save()
    client.close()
    return "shop"

@pytest.mark.parametrize("round", [1, 2])
def test_shop(redis_endpoint, round):
    assert connect(redis_endpoint).call("DECR", "stock") == 9

@pytest.mark.understudy(snapshot="sold-out")
def test_sold_out(redis_endpoint):
    assert connect(redis_endpoint).call("DECR", "stock") == -1
""", passed=3)


def test_a_rule_that_never_bit_fails(run):
    result = run(
        """
def test_typo(redis_endpoint):
    redis_endpoint.fault("afterExecution", "RESET", key="oders", id="lost")

@pytest.mark.understudy(unfired=True)
def test_may_be(redis_endpoint):
    redis_endpoint.fault("afterExecution", "RESET", key="oders", id="lost")

def test_failed_before(redis_endpoint):
    redis_endpoint.fault("afterExecution", "RESET", key="oders", id="lost")
    assert False
""", passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*the fault rule 'lost' never bit: nothing matched it"])


def test_all_endpoints_are_judged(run):
    run(
        """
def test_two(understudy):
    connect(understudy.endpoint("a")).call("PING")
    connect(understudy.endpoint("b")).call("KEYS", "*")

def test_the_servers_own_port(understudy):
    connect(understudy.default).call("KEYS", "*")

def test_not_again(understudy):
    connect(understudy.endpoint("b")).call("PING")
""", passed=3, errors=2)


def test_wrong_options_are_told(run):
    result = run("@pytest.mark.understudy(failon='high')\ndef test_it(redis_endpoint): pass", errors=1)
    result.stdout.fnmatch_lines(["*the marker understudy takes fail_on, allow, snapshot, unfired, by name*"])
    run("@pytest.mark.understudy(fail_on='hihg')\ndef test_it(redis_endpoint): pass", errors=1)


def test_the_program_is_named_on_the_command_line(run, monkeypatch):
    binary = os.environ.get("UNDERSTUDY", "understudy")
    monkeypatch.setenv("UNDERSTUDY", "/not/there")
    tests = "def test_it(redis_endpoint): pass"
    run(tests, "--understudy", binary, passed=1)
    run(tests, errors=1).stdout.fnmatch_lines(["*there is no program '/not/there': build it*"])


EXPORTED = """
import os

URL, PORT = os.environ["SHOP_URL"], os.environ["SHOP_PORT"]

@pytest.mark.parametrize("number", range(4))
def test_as_the_settings_say(understudy, number):
    assert (URL, PORT) == (understudy.url, f"port {understudy.default.port}")
    assert connect(understudy.default).call("INCR", "n") == 1
"""


def test_the_address_is_there_before_tests_are_imported(run, monkeypatch):
    for name in ("SHOP_URL", "SHOP_PORT"):
        monkeypatch.setenv(name, "")
    ini = 'understudy_export = SHOP_URL "SHOP_PORT=port {port}"'
    run(EXPORTED, ini=ini, passed=4)
    pytest.importorskip("xdist")
    run(EXPORTED, "-n", "2", ini=ini, passed=4)


def test_workers_have_servers_of_their_own(run):
    pytest.importorskip("xdist")
    run(
        """
@pytest.mark.parametrize("number", range(8))
def test_alone(redis_endpoint, number):
    client = connect(redis_endpoint)
    for step in range(1, 50):
        assert client.call("INCR", "n") == step
""", "-n", "2", passed=8)


def test_a_run_is_joined(pytester, run):
    """The suite finds the server of `understudy run`, whose report then knows every test of it."""
    run(
        """
def test_joins(redis_endpoint, understudy):
    assert not understudy.is_own
    connect(redis_endpoint).call("KEYS", "*")

def test_joins_too(redis_endpoint):
    connect(redis_endpoint).call("PING")
""", "--collect-only")
    binary = os.environ.get("UNDERSTUDY", "understudy")
    plugin = [] if _is_installed() else ["-p", "understudy.pytest_plugin"]
    command = [binary, "run", "--report", "r.json", "--fail-on", "never", "--", sys.executable, "-m", "pytest", *plugin]
    done = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True)
    assert done.returncode == 1 and "2 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert "cmd.keys test_joins-" in done.stdout
    report = (pytester.path / "r.json").read_text()
    assert '"test_joins-' in report and '"test_joins_too-' in report
