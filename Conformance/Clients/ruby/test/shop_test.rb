# frozen_string_literal: true

# What a test suite looks like: a clock that is moved, a reply that is lost, code that is found to be wrong.

require "minitest/autorun"
require "redis"
require "understudy"

class ShopTest < Minitest::Test
  include Understudy::Minitest

  def setup
    @redis = Redis.new(url: endpoint.url, reconnect_attempts: 0)
  end

  def teardown
    @redis.close
  end

  def test_a_session_ends
    understudy.call("LAB.CLOCK", "data", "FREEZE")
    @redis.set("session:ann", "open", ex: 1800)
    understudy.call("LAB.CLOCK", "data", "ADVANCE", 1_799_000)
    assert_equal "open", @redis.get("session:ann")
    understudy.call("LAB.CLOCK", "data", "ADVANCE", 1_000)
    assert_nil @redis.get("session:ann")
  end

  def test_a_lost_reply_is_an_order_all_the_same
    lost = endpoint.fault("FAMILY incr SHARED TIMES 1 DO afterExecution RESET")
    assert_raises(Redis::BaseConnectionError) { @redis.incr("orders:tea") }
    assert_equal "1", @redis.get("orders:tea")
    assert_equal 1, endpoint.fired(lost)["firings"][0]["took-effect"]
  end

  def test_an_order_needs_one_connection
    @redis.incr("orders:tea")
    assert_equal 1, endpoint.ledger["total"]["peakOpen"]
    assert_equal [{ "command" => "incr", "key" => "orders:tea", "count" => 1 }], endpoint.ledger["executions"]
  end

  def test_a_lock_that_anybody_may_release_is_found
    @redis.set("lock", "mine", nx: true)
    @redis.del("lock")
    assert_equal ["lock.unchecked-release"], endpoint.findings("high").map { |finding| finding["rule"] }
  end
end
