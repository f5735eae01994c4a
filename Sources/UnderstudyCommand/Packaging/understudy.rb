# A formula for Homebrew. Put it into a tap, and say where the repository is.
class Understudy < Formula
  desc "Redis-compatible server for tests and development"
  homepage "https://github.com/OWNER/understudy"
  url "https://github.com/OWNER/understudy.git", tag: "0.1.0"

  depends_on "pkgconf" => :build
  depends_on xcode: ["26.0", :build]
  depends_on "lua"
  depends_on "openssl@3"

  uses_from_macos "swift" => :build

  def install
    system "swift", "build", "--disable-sandbox", "-c", "release", "--product", "understudy"
    bin.install ".build/release/understudy"
    (man1/"understudy.1").write Utils.safe_popen_read(bin/"understudy", "man")
    generate_completions_from_executable(bin/"understudy", "completion")
  end

  service do
    run [opt_bin/"understudy", "--bind", "127.0.0.1"]
    keep_alive true
  end

  test do
    port = free_port
    server = spawn bin/"understudy", "--port", port.to_s, "--bind", "127.0.0.1"
    require "socket"
    socket = begin
      TCPSocket.new("127.0.0.1", port)
    rescue Errno::ECONNREFUSED
      retry
    end
    socket.write "PING\r\n"
    assert_equal "+PONG\r\n", socket.gets
  ensure
    Process.kill "TERM", server if server
  end
end
