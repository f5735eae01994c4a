// Tables, medians and how figures are written. Every table is printed when it is done and collected for `--markdown`.

import Foundation

/// The middle one of some figures; the mean of the two middle ones if their count is even; 0 if there are none.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard !sorted.isEmpty else { return 0 }
  let middle = sorted.count / 2
  return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}

/// A figure with as many decimals as its size deserves.
func figure(_ value: Double) -> String {
  switch abs(value) {
  case 0: "–"
  case 1000...: String(format: "%.0f", value)
  case 100...: String(format: "%.0f", value)
  case 10...: String(format: "%.1f", value)
  case 1...: String(format: "%.2f", value)
  default: String(format: "%.3f", value)
  }
}

/// How many times better: `1.85×`, or a dash if there is nothing to compare.
func ratio(_ numerator: Double, _ denominator: Double) -> String {
  numerator > 0 && denominator > 0 ? String(format: "%.2f×", numerator / denominator) : "–"
}

/// The tables of one run.
final class Report {
  private(set) var text = ""

  func say(_ line: String = "") {
    print(line)
    text += line + "\n"
  }

  func table(_ title: String, note: String = "", _ header: [String], _ rows: [[String]]) {
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      "| "
        + cells.enumerated().map { column, cell in
          let pad = String(repeating: " ", count: widths[column] - cell.count)
          return column == 0 ? cell + pad : pad + cell
        }.joined(separator: " | ") + " |"
    }
    say("\n### \(title)\n")
    if !note.isEmpty { say(note + "\n") }
    say(line(header))
    say("|" + widths.enumerated().map { $0 == 0 ? String(repeating: "-", count: $1 + 2)
      : String(repeating: "-", count: $1 + 1) + ":" }.joined(separator: "|") + "|")
    for row in rows { say(line(row)) }
  }

  func write(to path: String) throws { try text.write(toFile: path, atomically: true, encoding: .utf8) }
}
