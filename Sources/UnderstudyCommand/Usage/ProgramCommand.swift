// ProgramCommand: what the program can be told to do, declared once: helps, the manual and the completion of shells are
// made of it. A new command is a `static let` here, its place in `all`, and a line in `Launch.read`.

struct ProgramCommand: Sendable {
  /// A part of the manual beside options: variables, exit statuses, keys.
  struct Section: Sendable {
    let title: String
    let rows: [(term: String, text: String)]
  }

  /// The word that names it; empty for the server, which needs none.
  let name: String
  let summary: String
  /// What stands behind `understudy` and the name.
  let usages: [String]
  /// In paragraphs. What stands between backquotes is code.
  let description: [String]
  let options: [ProgramOption]
  var takesDirectives = false
  /// The words that it can be followed by, where those can be listed.
  var operands: [String] = []
  var sections: [Section] = []
  /// Whole command lines.
  var examples: [String] = []
}

extension ProgramCommand {
  /// All of them, the server first.
  static let all = [server, run, proxy, top, help, completion, man]

  static func named(_ name: String) -> ProgramCommand? { name.isEmpty ? nil : all.first { $0.name == name } }

  static let server = ProgramCommand(
    name: "", summary: "A Redis-compatible server for tests and development.",
    usages: ["[redis.conf] [--directive value ...] [-]"],
    description: [
      "Starts in the place of `redis-server`: it takes the directives of redis.conf, in a file and on the command line, and some "
        + "of its own. A `-` reads more of them from the standard input. All data is in memory, and gone when it ends.",
      "At a terminal it says where it listens and how to stop it; anywhere else it writes redis-server's log.",
    ],
    options: [
      ProgramOption("--version", "Prints the version, as redis-server does.", short: "-v"), .help,
      ProgramOption("--check-system", "Says what the system lacks: nothing."),
    ], takesDirectives: true,
    examples: [
      "understudy", "understudy --port 7777 --requirepass secret", "understudy --verbose",
      "understudy --port 0 --unixsocket /tmp/redis.sock",
      "understudy --tls-port 6380 --tls-cert-file a.crt --tls-key-file a.key --tls-auth-clients no",
      "understudy /etc/redis/redis.conf --loglevel verbose",
      "understudy --port auto --control-port auto --exit-with-parent",
    ])

  static let run = ProgramCommand(
    name: "run", summary: "Runs a command against a server of its own, and says what its clients did wrong.",
    usages: ["[options] [redis.conf] [--directive value ...] -- command [argument ...]"],
    description: [
      "Starts a server on a free port, runs the command with the server's address in its environment, and says what the "
        + "command's clients did wrong. The server ends with the command, and its data with it.",
      "Directives are the server's: --emulate-version 7.0, --seed 42, --requirepass secret. Unless they say otherwise, it "
        + "listens at 127.0.0.1 alone. --dir is the server's, not the command's. There is no --daemonize, --pidfile, "
        + "--announce-file or --exit-with-parent here, and a file's port and these are passed over.",
    ],
    options: RunOptions.options + [.help], takesDirectives: true,
    sections: [
      Section(
        title: "Environment of the command",
        rows: [
          ("REDIS_URL, VALKEY_URL", "where the server is, as redis://127.0.0.1:49152, with the password if there is one"),
          ("REDIS_HOST, REDIS_PORT, REDIS_ADDR", "the parts, and host:port; the same as VALKEY_…"),
          ("REDIS_PASSWORD, REDIS_TLS_URL, REDIS_UNIX_SOCKET", "what there is of them; the same as VALKEY_…"),
          ("UNDERSTUDY_CONTROL_PORT, UNDERSTUDY_CONTROL_URL", "where the LAB verbs are"),
          ("UNDERSTUDY_PER_WORKER", "1 with --per-worker: LAB.WORKER NAME answers where the server of a worker is"),
        ]),
      Section(
        title: "Exit status",
        rows: [
          ("the command's own", "if that is not 0; 128 and the number if a signal ended it"),
          ("1", "the command succeeded, and there are findings at --fail-on or above"),
          ("125", "the run itself failed"), ("126", "the command cannot be run"), ("127", "there is no such command"),
        ]),
    ],
    examples: [
      "understudy run -- pytest -q", "understudy run --report report.html --fail-on high -- go test ./...",
      "understudy run --export CELERY_BROKER_URL --export CACHE={host}:{port}/1 -- npm test",
    ])

  static let proxy = ProgramCommand(
    name: "proxy", summary: "Stands before a real server: writes down, finds, and injects faults.",
    usages: ["--upstream HOST:PORT [redis.conf] [--directive value ...]"],
    description: [
      "Passes everything on to the server behind, each client on a connection of its own. It writes down what clients do, finds "
        + "what they do wrong, and does to their connections what fault rules say: LAB.LEDGER, LAB.FINDINGS, LAB.REPORT, LAB.FAULT "
        + "and the other verbs of the control port.",
      "Unless directives say otherwise, it listens at 127.0.0.1 alone and picks free ports (`--port auto --control-port auto`): "
        + "they stand in a line of JSON on the standard output. What needs a look into the data is not found: what happens "
        + "inside scripts, and deadlines that are lost.",
    ],
    options: [.help], takesDirectives: true,
    examples: [
      "understudy proxy --upstream 127.0.0.1:6379", "understudy proxy --upstream cache.test:6379 --port 7000 --control-port 7001",
      "understudy run --upstream 127.0.0.1:6379 -- pytest -q",
    ])

  static let top = ProgramCommand(
    name: "top", summary: "Shows what a running server does: clients, commands, pools, findings.",
    usages: ["[options] [URL]"],
    description: [
      "Joins a server over its control port, and shows anew every second who its clients are, which commands take the time, "
        + "who waits for what, and what is wrong with the calling code. The server counts none of this as a client's doing.",
      "The control port is that of --control-port or of the URL; without them that of UNDERSTUDY_CONTROL_URL, as in a command of "
        + "`understudy run`.",
    ],
    options: TopOptions.options + [.help],
    sections: [Section(title: "Keys", rows: [("q", "ends it"), ("space", "shows the figures anew at once")])],
    examples: [
      "understudy --control-port 7000", "understudy top --control-port 7000", "understudy top --once redis://127.0.0.1:7000",
    ])

  static let help = ProgramCommand(
    name: "help", summary: "Tells of the program, of a command, or of a directive.",
    usages: ["[command]", "config [directive ...]"],
    description: ["A directive may be given with `*` in it: `understudy help config 'lua-*'`."], options: [],
    operands: ["run", "proxy", "top", "help", "completion", "man", "config"],
    examples: ["understudy help run", "understudy help config maxmemory-policy"])

  static let completion = ProgramCommand(
    name: "completion", summary: "Prints what lets a shell complete this program's command lines.", usages: ["bash|zsh|fish"],
    description: [
      "bash: `source <(understudy completion bash)`, in ~/.bashrc to have it always. zsh: write it to a file `_understudy` in "
        + "a folder of $fpath. fish: write it to ~/.config/fish/completions/understudy.fish."
    ], options: [], operands: ["bash", "zsh", "fish"])

  static let man = ProgramCommand(
    name: "man", summary: "Prints the manual, as roff.", usages: [""],
    description: ["To read it: `understudy man | man -l -`. To install it: as understudy.1 in a folder man1."], options: [])
}
