// TerminalPlayer
