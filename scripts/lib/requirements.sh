# Sourced: installs what a script needs and this Debian lacks.
# usage: need PACKAGE…

need() {
    local package missing=()
    for package in "$@"; do
        [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    echo "installing ${missing[*]}" >&2
    local root=()
    [ "$(id -u)" -eq 0 ] || root=(sudo)
    "${root[@]}" apt-get update --quiet >&2 || return
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --quiet --no-install-recommends "${missing[@]}" >&2
}

# The Python packages of a list, in an environment of their own; made anew when the list is.
# usage: need_environment REQUIREMENTS.TXT FOLDER
need_environment() {
    cmp --silent "$1" "$2/requirements.txt" && return
    /usr/bin/python3 -m venv --clear "$2"
    "$2/bin/pip" install --quiet --disable-pip-version-check --requirement "$1"
    cp "$1" "$2/requirements.txt"
}

BUILD_PACKAGES="pkg-config libssh-dev libssl-dev libseccomp-dev libsodium-dev libzstd-dev libsqlite3-dev"
LAB_PACKAGES="openssh-server openssh-client openssl python3 util-linux"
TEST_PACKAGES="asciinema binutils cryptsetup-bin curl dropbear-bin faketime fish git gnupg haproxy less libpam-google-authenticator mc
    nano oathtool postgresql-client procps python3-venv rsyslog rsyslog-openssl screen socat sudo tinysshd tmux ttyrec vim
    zsh"
INTEROP_PACKAGES="curl dropbear-bin fuse3 git lftp putty-tools python3-venv rsync sshfs"

if ! command -v swift >/dev/null; then
    echo "swift is not on the PATH: install Swift 6.3 first (https://www.swift.org/install/linux/)" >&2
    exit 1
fi
