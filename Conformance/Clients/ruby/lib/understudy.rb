# frozen_string_literal: true

# Understudy for Ruby: starts the server for tests, gives each test an endpoint of its own, and judges what its clients did.
# Nothing but the standard library. Every verb of the control port goes through `Server#call`; LAB.HELP lists them.

require "json"
require "socket"
require "uri"

module Understudy
  # Whatever went wrong: what the server has said, where it has said something.
  class Error < StandardError; end

  # What `start` runs: what UNDERSTUDY names, else `understudy` on PATH.
  def self.program = ENV.fetch("UNDERSTUDY", "understudy")

  # Starts a server on free ports; returns when clients can connect. The arguments are directives as redis-server takes
  # them: `start("--maxmemory", "5mb")`. The server ends with this process, if not before.
  def self.start(*directives)
    own = %w[--port auto --control-port auto --exit-with-parent yes]
    output, input = IO.pipe
    pid = spawn(program, *own, *directives, in: File::NULL, out: input, err: input)
    input.close
    log = +""
    until (line = output.gets)&.start_with?("{")
      raise Error, "#{program} did not start:\n#{log}".tap { Process.wait(pid) } unless line
      log << line
    end
    announced = JSON.parse(line)
    # What it says later must not fill the pipe.
    reader = Thread.new { IO.copy_stream(output, File::NULL) }
    stop = lambda do
      Process.kill(:TERM, pid)
      Process.wait(pid)
      reader.join
    end
    Server.new(Connection.new(announced["host"], announced["controlPort"]), announced["host"], announced["port"], stop)
  rescue SystemCallError => error
    raise Error, "#{error.message}: put understudy on PATH, or name it in UNDERSTUDY"
  end

  # The server that `understudy run` has started around this process; nil if there is none.
  def self.join
    return unless ENV["UNDERSTUDY_CONTROL_URL"]
    control, data = [ENV["UNDERSTUDY_CONTROL_URL"], ENV["REDIS_URL"]].map { |url| URI(url) }
    Server.new(Connection.new(control.host, control.port), data.host, data.port, -> {})
  end

  # A server and its lab.
  class Server
    attr_reader :host, :port

    def initialize(control, host, port, stop)
      @control, @host, @port, @stop = control, host, port, stop
      @count = 0
    end

    def url = "redis://#{host}:#{port}"

    # Ends a server that was started, and the control connection.
    def stop
      @control.close
      @stop.call
    end

    # Sends a verb to the control port: `call("LAB.CLOCK", "data", "ADVANCE", 60_000)`.
    def call(*words) = @control.call(*words)

    # A name that no other endpoint or rule of this server has.
    def unique(prefix) = "#{prefix.gsub(/[^!-~]/, "_")[0, 40]}-#{Process.pid}-#{@count += 1}"

    # Opens a way in of its own for one client under test.
    def endpoint(name = unique("endpoint")) = Endpoint.new(self, name, call("LAB.ENDPOINT", "OPEN", name))

    # Ends all faults, empties the data, and lets the clocks run.
    def reset
      %w[FAULTS DATA].each { |part| call("LAB.RESET", part) }
      %w[data wait script].each { |clock| call("LAB.CLOCK", clock, "REAL") }
    end
  end

  # Hand its `url`, or `host` and `port`, to the code under test.
  class Endpoint
    attr_reader :server, :name, :port

    def initialize(server, name, port)
      @server, @name, @port = server, name, port
      @rules = []
    end

    def host = server.host
    def url = "redis://#{host}:#{port}"

    # Adds a rule in the server's words: `fault("FAMILY incr SHARED TIMES 1 DO afterExecution RESET")`. Returns its id.
    def fault(rule)
      id = server.unique("fault")
      server.call("LAB.FAULT", "ADD", id, "ENDPOINT", name, *rule.split)
      @rules << id
      id
    end

    # How often a rule has bitten, and where.
    def fired(id) = server.call("LAB.FAULT", "FIRED", id)

    # What its clients did: totals, identities, commands, connections.
    def ledger = JSON.parse(server.call("LAB.LEDGER", name, "JSON"))

    # What is wrong with its clients, the surest first.
    def findings(at_least = "info") = JSON.parse(server.call("LAB.FINDINGS", "MIN", at_least, name, "JSON"))

    # Returns when a figure is as it should be: `wait("blocked", "==", 1)`.
    def wait(figure, comparison, value, milliseconds = 5000)
      server.call("LAB.WAIT", name, figure, comparison, value, "TIMEOUT", milliseconds)
    end

    # Lets findings of a rule pass that are known.
    def allow(rule, why:) = server.call("LAB.ALLOW", "ADD", rule, "ENDPOINT", name, "WHY", why)

    # The verdict: ends the rules, closes the endpoint, and returns what there is to complain of.
    def finish(fail_on = "certain")
      problems = @rules.select { |id| fired(id)["fired"].zero? }.map { |id| "the fault rule #{id} never bit" }
      @rules.each { |id| server.call("LAB.FAULT", "DEL", id) }
      begin
        server.call("LAB.FINISH", "FAILON", fail_on, name)
      rescue Error => error
        problems.unshift(error.message)
      end
      server.call("LAB.ENDPOINT", "CLOSE", name)
      problems
    end
  end

  # For Minitest::Test: `include Understudy::Minitest`. Each test has `understudy`, the server, and `endpoint`, a way in of its
  # own; behind it, what the clients did fails the test from findings of certainty `fail_on` on.
  module Minitest
    attr_reader :endpoint

    # The server of all tests of this process.
    def self.server
      @server ||= Understudy.start.tap { |server| ::Minitest.after_run { server.stop } }
    end

    def understudy = Minitest.server
    def fail_on = "certain"

    def before_setup
      understudy.reset
      @endpoint = understudy.endpoint(understudy.unique(name))
      super
    end

    def after_teardown
      super
      problems = endpoint.finish(fail_on)
      flunk(problems.join("\n")) unless problems.empty?
    end
  end

  # A connection that speaks RESP3: one request, one reply.
  class Connection
    def initialize(host, port)
      @socket = TCPSocket.new(host, port)
      @mutex = Mutex.new
      call("HELLO", 3)
    end

    def close = @socket.close

    # The reply as a String, Integer, Float, Array, Hash or nil.
    def call(*words)
      parts = words.map { |word| word.to_s.b }
      reply = @mutex.synchronize do
        @socket.write("*#{parts.size}\r\n".b, *parts.map { |part| "$#{part.bytesize}\r\n".b << part << "\r\n" })
        read
      end
      reply.is_a?(Error) ? raise(reply) : reply
    end

    private

    def read
      line = @socket.gets("\r\n", chomp: true) or raise Error, "the connection is lost"
      text = line[1..]
      case line[0]
      when "+" then text
      when "-" then Error.new(text)
      when ":" then text.to_i
      when "," then text.to_f
      when "#" then text == "t"
      when "_" then nil
      when "$", "=" then @socket.read(text.to_i + 2)[0...-2].force_encoding(Encoding::UTF_8)
      when "*", "~", ">" then Array.new(text.to_i) { read }
      when "%" then Array.new(text.to_i) { [read, read] }.to_h
      else raise Error, "a reply of an unknown type: #{line}"
      end
    end
  end
end
