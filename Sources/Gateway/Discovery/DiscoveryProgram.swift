/// What looks around on a target: for a POSIX shell. It reads, and writes nothing but its output: lines of a letter, a
/// space, and what ``DiscoveryReport`` makes of them. Password hashes never leave the target.
enum DiscoveryProgram {
    static let command = """
        LC_ALL=C; PATH="$PATH:/usr/sbin:/sbin"; export LC_ALL PATH
        look='
        me=$(id -un)
        if [ "$(id -u)" = 0 ]; then echo "R root"; fi
        sed "s/^/P /" /etc/passwd
        sed "s/^/G /" /etc/group
        if [ -r /etc/shadow ]; then
          awk -F: "{ print \\"S \\" \\$1 \\":\\" (\\$2 == \\"\\" ? \\"none\\" : \\$2 ~ /^[!*]/ ? \\"locked\\" : \\"set\\") }" /etc/shadow
        fi
        if [ -r /etc/sudoers ]; then
          echo "u read"
          for file in /etc/sudoers /etc/sudoers.d/*; do
            case "$file" in *~|/etc/sudoers.d/*.*) continue;; esac
            [ -f "$file" ] && [ -r "$file" ] && sed "s/^/U /" "$file"
          done
        fi
        patterns=$(sshd -T 2>/dev/null | sed -n "s/^authorizedkeysfile //p")
        [ -n "$patterns" ] || patterns=".ssh/authorized_keys .ssh/authorized_keys2"
        while IFS=: read -r name x uid gid comment home shell; do
          if [ "$(id -u)" = 0 ] || [ "$name" = "$me" ]; then echo "k $name"; fi
          for pattern in $patterns; do
            file=$(printf "%s" "$pattern" | sed "s|%h|$home|g; s|%u|$name|g; s|%%|%|g")
            case "$file" in none) continue;; /*) ;; *) file="$home/$file";; esac
            [ -f "$file" ] && [ -r "$file" ] && sed "s/^/K $name:/" "$file" && echo
          done
        done < /etc/passwd
        :'
        me=$(id -un)
        if [ "$(id -u)" != 0 ] && command -v sudo >/dev/null 2>&1; then
          sudo -n -l 2>/dev/null | sed "s/^/L $me:/"
          if sudo -n sh -c : 2>/dev/null; then sudo -n sh -c "$look"; exit 0; fi
        fi
        sh -c "$look"
        exit 0
        """
}
