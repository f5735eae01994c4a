// The manifest of rules: every group of them. Listings, the documentation's page and reports derive from it.
//
// A new rule is named in its group's `rules`; a new group has a file in this folder and a line here.

package enum FindingManifest {
  package static let all: [FindingRule] =
    RetryRules.rules + ConnectionRules.rules + PoolRules.rules + TransactionRules.rules + ScriptRules.rules + KeyRules.rules
    + CommandRules.rules

  /// A rule by its name.
  package static func rule(_ id: String) -> FindingRule? { all.first { $0.id == id } }
}
