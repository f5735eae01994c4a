// Configuration: the directives that the engine reads, as typed values. CONFIG GET and SET, the configuration file and
// the command line reach them by name through `Directive` (Config/Directives.swift).

package struct Configuration: Sendable {
  /// The version of Redis that is emulated: commands newer than it are unknown.
  package var emulatedVersion: Version = "7.2.0"
  /// `databases`
  package var databaseCount = 16
  /// `maxclients`
  package var maximumClients = 10_000
  /// `requirepass`; empty means none.
  package var password: [UInt8] = []
  /// `proto-max-bulk-len`, bytes.
  package var maximumBulkLength = 512 * 1024 * 1024
  /// `client-query-buffer-limit`, bytes.
  package var queryBufferLimit = 1024 * 1024 * 1024
  /// `lua-time-limit` (also `busy-reply-threshold`), milliseconds of the script clock.
  package var scriptTimeLimit: Int64 = 5000
  /// `lua-strict`: KEYS and math.random inside a script are refused.
  package var isLuaStrict = true
  /// `lua-memory-limit`, bytes.
  package var luaMemoryLimit = 256 * 1024 * 1024
  /// Where values change from the compact to the general form.
  package var hashMaxListpackEntries = 128
  package var hashMaxListpackValue = 64
  package var setMaxIntsetEntries = 512
  package var setMaxListpackEntries = 128
  package var setMaxListpackValue = 64
  package var zsetMaxListpackEntries = 128
  package var zsetMaxListpackValue = 64
  package var listMaxListpackSize = -2
  package var streamNodeMaxBytes = 4096
  package var streamNodeMaxEntries = 100
  /// `enable-debug-command`: `no`, `yes` or `local`.
  package var debugCommand: ProtectedAccess = .no
  /// DEBUG SET-ACTIVE-EXPIRE
  package var expiresActively = true

  package init() {}

  var requiresPassword: Bool { !password.isEmpty }
}

/// Who may use a protected command.
package enum ProtectedAccess: String, Sendable { case no, yes, local }
