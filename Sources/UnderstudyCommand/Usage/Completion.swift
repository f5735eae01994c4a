// Completion: what `understudy completion bash` prints, and zsh, and fish: scripts made of the declarations of commands
// and directives. Each shell has a function here; what is completed they all have from `words`.

internal import UnderstudyEngine

struct Completion {
  /// An option as shells are told it.
  private struct Word {
    let name: String
    let short: String?
    let summary: String
    let takesValue: Bool
    let placeholder: String
    let choices: [String]
    let isPath: Bool

    init(_ option: ProgramOption) {
      name = option.name
      short = option.short
      summary = option.summary.withoutCode
      takesValue = option.takesValue
      placeholder = option.usage.split(separator: " ").last.map { String($0) } ?? ""
      choices = option.choices
      isPath = option.isPath
    }

    init(_ directive: Directive) {
      name = "--\(directive.name)"
      short = nil
      summary = directive.summary.withoutCode
      takesValue = true
      placeholder = directive.placeholder
      choices = directive.choices
      isPath = directive.traits.contains(.path)
    }
  }

  /// The scripts, by the shells' names.
  static func script(for shell: String) -> String? {
    switch shell {
    case "bash": Completion().bash
    case "zsh": Completion().zsh
    case "fish": Completion().fish
    default: nil
    }
  }

  private let commands = ProgramCommand.all.filter { !$0.name.isEmpty }
  /// Directives that have an effect.
  private let directives = Directives.all.filter { !$0.traits.contains(.inert) && $0.replacement == nil }.map { Word($0) }

  private func words(of command: ProgramCommand) -> [Word] {
    command.options.map { Word($0) } + (command.takesDirectives ? directives : [])
  }

  /// The options of all commands, each once.
  private var allWords: [Word] {
    var seen: Set<String> = []
    return ProgramCommand.all.flatMap { words(of: $0) }.filter { seen.insert($0.name).inserted }
  }

  private func heading(_ shell: String) -> String {
    "Completion of understudy \(ProgramVersion.text) for \(shell), made by: understudy completion \(shell)"
  }

  // MARK: bash

  /// For bash 3.2 and newer, with and without the package bash-completion.
  private var bash: String {
    let names = commands.map(\.name)
    var values = ""
    for word in allWords where !word.choices.isEmpty {
      values += "    \(word.name)) _understudy_words \"\(word.choices.joined(separator: " "))\"; return ;;\n"
    }
    let paths = allWords.filter(\.isPath).map(\.name), others = allWords.filter { $0.takesValue && $0.choices.isEmpty && !$0.isPath }
    values += "    \(paths.joined(separator: "|"))) _understudy_files; return ;;\n"
    values += "    \(others.map(\.name).joined(separator: "|"))) return ;;\n"
    var cases = ""
    for command in commands {
      let options = words(of: command).map(\.name) + command.operands
      cases += "    \(command.name)) _understudy_words \"\((options + (command.name == "run" ? ["--"] : [])).joined(separator: " "))\" ;;\n"
    }
    let server = words(of: .server).map(\.name)
    let helped = Directives.all.filter { $0.replacement == nil }.map(\.name)
    return """
      # \(heading("bash"))
      # To have it always, in ~/.bashrc: source <(understudy completion bash)

      _understudy_words() { COMPREPLY=($(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")); }

      _understudy_files() {
        local IFS=$'\\n'
        compopt -o filenames 2> /dev/null
        COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
      }

      _understudy() {
        local command='' index
        COMPREPLY=()
        if ((COMP_CWORD > 1)); then
          case ${COMP_WORDS[1]} in \(names.joined(separator: "|"))) command=${COMP_WORDS[1]} ;; esac
        fi
        # Behind -- stands the command line of another program.
        if [[ $command == run ]]; then
          for ((index = 2; index < COMP_CWORD; index++)); do
            [[ ${COMP_WORDS[index]} == -- ]] || continue
            if declare -F _command_offset > /dev/null; then
              _command_offset $((index + 1))
            elif ((index + 1 == COMP_CWORD)); then
              COMPREPLY=($(compgen -c -- "${COMP_WORDS[COMP_CWORD]}"))
            else
              _understudy_files
            fi
            return
          done
        fi
        case ${COMP_WORDS[COMP_CWORD - 1]} in
      \(values.dropLast())
        esac
        case $command in
      \(cases.dropLast())
          *)
            if [[ ${COMP_WORDS[COMP_CWORD]} == -* ]]; then
              _understudy_words "\(server.joined(separator: " "))"
            elif ((COMP_CWORD == 1)); then
              _understudy_files
              COMPREPLY+=($(compgen -W "\(names.joined(separator: " "))" -- "${COMP_WORDS[COMP_CWORD]}"))
            else
              _understudy_files
            fi ;;
        esac
        if [[ $command == help && ${COMP_WORDS[2]} == config ]] && ((COMP_CWORD > 2)); then
          _understudy_words "\(helped.joined(separator: " "))"
        fi
      }

      complete -F _understudy understudy

      """
  }

  // MARK: zsh

  private var zsh: String {
    var text = "#compdef understudy\n# \(heading("zsh"))\n# To have it always: write it to a file _understudy in a folder of $fpath.\n\n"
    text += "_understudy() {\n  local -a commands directives\n  commands=(\n"
    for command in commands { text += "    \(Self.quoted("\(command.name):\(Self.colonsEscaped(command.summary.withoutCode))"))\n" }
    text += "  )\n  directives=(\n"
    for word in directives { text += "    \(zshSpecification(word))\n" }
    text += "  )\n  local command=''\n  (( CURRENT > 2 )) && command=${words[2]}\n  case $command in\n"
    for command in commands {
      text += "    \(command.name))\n      shift words; (( CURRENT-- ))\n      _arguments"
      for option in command.options { text += " \\\n        \(zshSpecification(Word(option)))" }
      if command.takesDirectives { text += " \\\n        \"${directives[@]}\" '*:::command:_normal'" }
      if !command.operands.isEmpty { text += " \\\n        '*:what:(\(command.operands.joined(separator: " ")))'" }
      text += " ;;\n"
    }
    text += "    *)\n      if (( CURRENT == 2 )); then _describe -t commands command commands; fi\n      _arguments"
    for option in ProgramCommand.server.options { text += " \\\n        \(zshSpecification(Word(option)))" }
    text += " \\\n        \"${directives[@]}\" '1:configuration file:_files' ;;\n  esac\n}\n\n"
    // Sourced, or loaded from $fpath.
    text += "if [[ ${funcstack[1]} == _understudy ]]; then _understudy \"$@\"; else compdef _understudy understudy; fi\n"
    return text
  }

  private func zshSpecification(_ word: Word) -> String {
    let summary = word.summary.replacing("[", with: "\\[").replacing("]", with: "\\]")
    var text = "\(word.name)[\(Self.colonsEscaped(summary))]"
    guard word.takesValue else { return Self.quoted(text) }
    text += ":\(Self.colonsEscaped(word.placeholder)):"
    if word.isPath { text += "_files" } else if !word.choices.isEmpty { text += "(\(word.choices.joined(separator: " ")))" }
    return Self.quoted("*\(text)")
  }

  private static func colonsEscaped(_ text: String) -> String { text.replacing(":", with: "\\:") }

  // MARK: fish

  private var fish: String {
    var text = "# \(heading("fish"))\n"
    text += "# To have it always: understudy completion fish > ~/.config/fish/completions/understudy.fish\n\n"
    text += "complete -c understudy -f\n"
    let names = commands.map(\.name).joined(separator: " ")
    for command in commands {
      text += "complete -c understudy -n __fish_use_subcommand -a \(command.name) -d \(Self.quoted(command.summary.withoutCode))\n"
    }
    for command in commands {
      let condition = "__fish_seen_subcommand_from \(command.name)"
      for option in command.options { text += fishLine(Word(option), condition) }
      if !command.operands.isEmpty {
        text += "complete -c understudy -n \(Self.quoted(condition)) -a \(Self.quoted(command.operands.joined(separator: " ")))\n"
      }
    }
    for option in ProgramCommand.server.options where option.name != ProgramOption.help.name {
      text += fishLine(Word(option), "not __fish_seen_subcommand_from \(names)")
    }
    let without = commands.filter { !$0.takesDirectives }.map(\.name).joined(separator: " ")
    for word in directives { text += fishLine(word, "not __fish_seen_subcommand_from \(without)") }
    return text
  }

  private func fishLine(_ word: Word, _ condition: String) -> String {
    var line = "complete -c understudy -n \(Self.quoted(condition)) -l \(word.name.dropFirst(2))"
    if let short = word.short { line += " -s \(short.dropFirst())" }
    if word.isPath { line += " -r -F" } else if word.takesValue { line += " -x" }
    if !word.choices.isEmpty { line += " -a \(Self.quoted(word.choices.joined(separator: " ")))" }
    return line + " -d \(Self.quoted(word.summary))\n"
  }

  /// In single quotes, as all three shells take it.
  private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "’"))'" }
}
