// The control port's commands: the verbs of the lab, what ordinary clients need to connect, and what tells of the server
// without being a client of it (INFO, SLOWLOG). They are declared like all commands, so that COMMAND and LAB.HELP derive
// from the declarations, but in a table of their own: a control connection knows no other, and a data connection none of
// the lab's.
//
// A new verb is a file in this folder and a line here.

package enum ControlCommands {
  package static var all: [Command] {
    [
      LabClockCommand.command,
      LabEndpointCommand.command,
      LabLedgerCommand.command, LabLedgerCommand.connections,
      LabSnapshotCommand.command,
      LabRecordCommand.command, LabReplayCommand.command,
      LabReportCommand.command,
      LabMarkCommand.command, LabWaitCommand.command, LabWaitCommand.expect,
      LabFindingsCommand.command, LabFindingsCommand.finish, LabAllowCommand.command, LabRuleCommand.command,
      LabFaultCommand.command, LabPresetCommand.command, LabQuotaCommand.command, LabResetCommand.command,
      LabWorkerCommand.command,
      LabHelpCommand.command,
      PingCommand.command, PingCommand.echo, HelloCommand.command, HelloCommand.auth, ControlClientCommand.command,
      QuitCommand.command, CommandInfoCommand.command, InfoCommand.command, SlowLogCommand.command,
    ]
  }
}
