// The commands of the bitmap family, one file for each lead command. Bitmaps are strings.

enum BitmapCommands {
  static var all: [Command] {
    SetBitCommand.all + BitCountCommand.all + [BitOpCommand.command] + BitFieldCommand.all
  }
}
