// PageScript: the page's script, in the order in which its parts need each other.

enum PageScript {
  static let text = model + lanes + hands + tables
}
