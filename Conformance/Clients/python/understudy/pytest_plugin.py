"""Fixtures for pytest: a server for the session, an endpoint and a verdict for each test that asks for one.

With pytest-xdist each worker is a process with a session of its own, and so has a server of its own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Optional

import pytest

from .control import Endpoint
from .server import Server, join, start
from .values import Allow, Finding, UnderstudyError

LEVELS = ("info", "medium", "high", "certain")
_failed: pytest.StashKey[bool] = pytest.StashKey()
_server: pytest.StashKey[Server] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("understudy")
    group.addoption("--understudy", metavar="PATH", help="the understudy program, if not UNDERSTUDY or the one on PATH")
    parser.addini("understudy_args", "directives that the server is started with", type="args", default=[])
    parser.addini(
        "understudy_export", "environment variables that tell the server's URL before tests are imported: NAME, or NAME=text "
        "with {url}, {host} and {port} in it", type="args", default=[])
    parser.addini("understudy_fail_on", "findings of this certainty fail a test: certain, high, medium, info or never",
                  default="certain")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "understudy(fail_on=, allow=[Allow(...)], snapshot=, unfired=): what fails the test, what is let pass, which data "
        "it begins with, and whether fault rules that never bit are let pass")
    exports = config.getini("understudy_export")
    is_controller = not hasattr(config, "workerinput") and getattr(config.option, "dist", "no") != "no"
    if exports and not is_controller:
        server = config.stash[_server] = _begin(config)
        values = {"url": server.url, "host": server.default.host, "port": server.default.port}
        for export in exports:
            name, _, text = export.partition("=")
            os.environ[name] = (text or "{url}").format(**values)


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(_server, None)
    if server is not None:
        server.stop()


def _begin(config: pytest.Config) -> Server:
    # Workers must not empty one another's data.
    server = None if hasattr(config, "workerinput") else join()
    if server is None:
        server = start(*config.getini("understudy_args"), binary=config.getoption("--understudy"))
        server.default.record(True)
    return server


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome: Any = yield
    if outcome.get_result().failed:
        item.stash[_failed] = True


@pytest.fixture(scope="session")
def understudy_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The session's server: that of `understudy run`, or one that is started for it."""
    exported = request.config.stash.get(_server, None)
    if exported is not None:
        yield exported
    else:
        with _begin(request.config) as server:
            yield server


@pytest.fixture(scope="session")
def understudy_snapshot() -> Optional[str]:
    """The name of the snapshot that each test begins with. Override it with a fixture that makes and saves the data."""
    return None


@pytest.fixture
def understudy(
    request: pytest.FixtureRequest, understudy_server: Server, understudy_snapshot: Optional[str]
) -> Iterator[Server]:
    """The server, fresh for this test: no faults, real clocks, and its data empty or those of the snapshot. Behind the
    test, what the clients did is judged, and a fault rule that never bit fails it."""
    options = _options(request.node)
    server = understudy_server
    # The report of `understudy run` is about all tests: what it knows of earlier ones stays.
    for part in ("all",) if server.is_own else ("faults", "data"):
        server.reset(part)
    for clock in ("data", "wait", "script"):
        server.clock(clock).real()
    if server.is_own:
        server.call("LAB.ALLOW", "CLEAR")
    snapshot = options["snapshot"] or understudy_snapshot
    if snapshot:
        server.snapshot(snapshot).restore()
    before = list(server.endpoints)
    yield server
    opened = [endpoint for endpoint in server.endpoints if endpoint not in before]
    try:
        problems = _verdict(request, server, options, opened)
    finally:
        server.reset("faults")
        for endpoint in opened:
            endpoint.close()
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.fixture
def redis_endpoint(request: pytest.FixtureRequest, understudy: Server) -> Endpoint:
    """An endpoint of the test's own: hand its `url`, or `host` and `port`, to the code under test."""
    # A name that nobody else has: what is found is found for this test. The digits at its end make it so.
    name = re.sub(r"[^!-~]", "_", request.node.name)[:48]
    return understudy.endpoint(f"{name}-{len(understudy.call('LAB.ENDPOINT', 'LIST'))}")


def _options(item: Any) -> dict[str, Any]:
    """What the markers say: the closest counts, and allowances add up."""
    options: dict[str, Any] = {
        "fail_on": item.config.getini("understudy_fail_on"), "allow": [], "snapshot": None, "unfired": False}
    for mark in reversed(list(item.iter_markers("understudy"))):
        unknown = set(mark.kwargs) - set(options)
        if mark.args or unknown:
            raise pytest.UsageError(f"the marker understudy takes {', '.join(options)}, by name")
        options.update({name: value for name, value in mark.kwargs.items() if name != "allow"})
        options["allow"] += mark.kwargs.get("allow", [])
    if options["fail_on"] not in (*LEVELS, "never"):
        raise pytest.UsageError(f"understudy: fail_on is {', '.join(LEVELS)} or never, not {options['fail_on']!r}")
    return options


def _verdict(request: pytest.FixtureRequest, server: Server, options: dict[str, Any], opened: list[Endpoint]) -> list[str]:
    problems: list[str] = []
    # A server of one's own was fresh when the test began: all that is found is the test's. At a joined one that is so at
    # the endpoints that the test has opened.
    scopes: list[Optional[str]] = [None] if server.is_own else [endpoint.name for endpoint in opened]
    if options["fail_on"] != "never":
        for scope in scopes:
            try:
                server.finish(options["fail_on"], scope, [_scoped(each, scope) for each in options["allow"]])
            except UnderstudyError as error:
                if not error.findings:
                    raise
                problems += [_text(finding) for finding in error.findings]
    # Of a test that has failed already, the rest did not run.
    if not options["unfired"] and not request.node.stash.get(_failed, False):
        problems += [f"the fault rule '{id}' never bit: nothing matched it" for id in server.unfired()]
    return problems


def _text(finding: Finding) -> str:
    """A finding, with the marker that lets it pass instead of the verb."""
    key = f", key={finding.key!r}" if finding.key else ""
    marker = f"@pytest.mark.understudy(allow=[Allow({finding.rule!r}{key}, why='…')])"
    return str(replace(finding, suppress=marker))


def _scoped(allowance: Allow, endpoint: Optional[str]) -> Allow:
    return replace(allowance, endpoint=allowance.endpoint or endpoint)
