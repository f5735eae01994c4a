// ProgramVersion: the version of this program, in this one place. The packages ask the program (`--version`), and a test
// compares what is written elsewhere. It is not the version that is emulated.

enum ProgramVersion {
  static let text = "0.1.0"
}
