import SessionStore
import Vault

/// The program by which an account changes its own file of authorized keys: for a POSIX shell with awk.
///
/// Every other line stays byte for byte, and so do options and comments of the changed one. The file is replaced in one
/// step by a copy that has its mode and owner. A copy that an earlier run has left goes first: where that run still
/// hangs, it comes to nothing.
enum AuthorizedKeysEdit {
    /// What the program says when the key is in no line of the file: its exit status.
    static let notFound: UInt32 = 66
    /// And when there is no such file.
    static let noFile: UInt32 = 65

    /// Puts a line with `new` above each line with `old`: the same line, with the other key. Nothing is done where it
    /// is there already.
    static func adding(_ new: StoredKey, besides old: StoredKey, in file: String?) -> String {
        self.program(file: file, key: old, new: new)
    }

    /// Takes the lines with `key` away. Nothing is done where there is none.
    static func removing(_ key: StoredKey, from file: String?) -> String {
        self.program(file: file, key: key, new: nil)
    }

    private static func program(file: String?, key: StoredKey, new: StoredKey?) -> String {
        // Types and blobs hold no character that a shell or awk reads otherwise; the path is quoted.
        let path = file.map { ShellWord.quoted($0) } ?? "\"$HOME/.ssh/authorized_keys\""
        return """
            set -eu; LC_ALL=C; export LC_ALL; umask 077
            file=\(path)
            type=\(key.type) key=\(Self.base64(key)) newtype=\(new?.type ?? "") new=\(new.map(Self.base64) ?? "")
            [ -f "$file" ] || exit \(Self.noFile)
            file=$(readlink -f -- "$file")
            rm -f -- "$file".sallyport.*
            if [ -n "$new" ] && grep -qF -- "$new" "$file"; then exit 0; fi
            if ! grep -qF -- "$key" "$file"; then [ -n "$new" ] || exit 0; exit \(Self.notFound); fi
            final=1; [ -z "$(tail -c 1 -- "$file")" ] || final=0
            copy="$file.sallyport.$$"
            trap 'rm -f -- "$copy"' EXIT
            cp -p -- "$file" "$copy"
            awk -v type="$type" -v key="$key" -v newtype="$newtype" -v new="$new" -v final="$final" '
            function place(line,   off, p, before, after) {
              off = 0
              while ((p = index(substr(line, off + 1), key)) > 0) {
                before = off + p == 1 ? " " : substr(line, off + p - 1, 1)
                after = substr(line, off + p + length(key), 1)
                if ((before == " " || before == "\\t") && (after == "" || after ~ /[ \\t\\r]/)) return off + p
                off += p
              }
              return 0
            }
            function out(line) { if (count++) printf "\\n"; printf "%s", line }
            /^[ \\t]*#/ { out($0); next }
            {
              at = place($0)
              if (!at) { out($0); next }
              found++
              if (new == "") next
              head = substr($0, 1, at - 1)
              sub(/[ \\t]+$/, "", head)
              out(substr(head, 1, length(head) - length(type)) newtype " " new substr($0, at + length(key)))
              out($0)
            }
            END { if (count && final) printf "\\n"; exit !found }
            ' "$file" > "$copy"
            sync -- "$copy" 2>/dev/null || :
            mv -f -- "$copy" "$file"
            """
    }

    private static func base64(_ key: StoredKey) -> String {
        // As it stands in the line: type, blob.
        OpenSSHPublicKey.base64(ofBlob: key.blob)
    }
}

/// Words for a POSIX shell.
enum ShellWord {
    static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
