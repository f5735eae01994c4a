# frozen_string_literal: true

# The library itself: verdicts, replies, and what goes wrong.

require "minitest/autorun"
require "open3"
require "understudy"

class UnderstudyTest < Minitest::Test
  include Understudy::Minitest

  # A test with a fault of its own, which is run by hand.
  class Inner < Minitest::Test
    include Understudy::Minitest

    def self.runnable_methods = []
    def fail_on = "high"

    def leak = (@kept = Array.new(6) { connect(endpoint).tap { |client| client.call("INCR", "n") } })
    def typo = endpoint.fault("KEY oders:* DO afterExecution RESET")
    def known
      connect(endpoint).call("KEYS", "*")
      endpoint.allow("cmd.keys", why: "shown here")
    end

    def connect(endpoint) = Understudy::Connection.new(endpoint.host, endpoint.port)
  end

  def messages(name) = Inner.new(name).run.failures.map(&:message)

  def test_a_leaked_pool_fails_with_the_words_of_the_finding
    assert_match(/\AFINDINGS 1 finding that is at least high: \[high\] conn\.leak leak-/, messages("leak").first)
  end

  def test_a_rule_that_never_bit_fails
    assert_match(/\Athe fault rule fault-\S+ never bit\z/, messages("typo").first)
  end

  def test_what_is_known_passes
    assert_empty messages("known")
  end

  def test_replies
    client = Understudy::Connection.new(endpoint.host, endpoint.port)
    script = "return {1, 'zwölf', false, {double = 1.5}, {map = {k = 'v'}}}"
    assert_equal [1, "zwölf", nil, 1.5, { "k" => "v" }], client.call("EVAL", script, 0)
    assert_match(/wrong number of arguments/, assert_raises(Understudy::Error) { client.call("INCR") }.message)
    waiting = Thread.new { Understudy::Connection.new(endpoint.host, endpoint.port).call("BLPOP", "queue", 0) }
    endpoint.wait("blocked", "==", 1)
    client.call("RPUSH", "queue", "x")
    assert_equal %w[queue x], waiting.value
  end

  def test_what_does_not_start
    error = assert_raises(Understudy::Error) { Understudy.start("--no-such-directive", "1") }
    assert_match(/did not start:.*no-such-directive/m, error.message)
    before = ENV.fetch("UNDERSTUDY", nil)
    ENV["UNDERSTUDY"] = "/not/there"
    assert_match(/name it in UNDERSTUDY/, assert_raises(Understudy::Error) { Understudy.start }.message)
  ensure
    ENV["UNDERSTUDY"] = before
  end

  def test_a_run_is_joined
    assert_nil Understudy.join
    code = "server = Understudy.join; server.endpoint('joined'); print server.url == ENV['REDIS_URL']"
    said, = Open3.capture2(Understudy.program, "run", "--", "ruby", "-I", "lib", "-r", "understudy", "-e", code)
    assert_equal "true", said
  end
end
