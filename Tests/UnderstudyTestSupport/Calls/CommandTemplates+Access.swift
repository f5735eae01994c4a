// Users: their rules, and what they are allowed to do of everything else. The default user is left alone: the runner is one.

extension CommandTemplates {
  package static let access = templates([
    "ACL SETUSER $user {$rule}", "ACL SETUSER $user {$rule}", "ACL SETUSER $user reset on nopass {$rule}",
    "ACL SETUSER $user +@all allkeys {$rule}", "ACL GETUSER $user", "ACL GETUSER (nobody|)",
    "ACL DRYRUN $user $call",
    "ACL DRYRUN $user $call", "ACL DRYRUN (nobody|default) $call", "AUTH $user x", "AUTH $user x",
    "AUTH default x",
    "AUTH (nobody|x) x", "AUTH x", "HELLO (2|3) AUTH $user (x|)", "ACL WHOAMI", "ACL USERS",
    "ACL CAT (nosuch|x y|)",
    "ACL GENPASS (0|5000|x)", "ACL LOG (x|RESET)", "ACL NOSUCH", "ACL (LOAD|SAVE)", "ACL HELP", "RESET",
    "EVAL $caller 0 $call",
    "PUBLISH $channel x", "SORT $list (BY|GET) (a*|x)", "MULTI", "EXEC", "DISCARD", "SELECT $db",
  ])
}
