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

# Programs of a package as Debian keeps it for this release from a later one, unpacked into a folder and installed nowhere.
# Fails where the mirror has none.
# usage: need_newer PACKAGE FOLDER
need_newer() {
    [ -d "$2/usr" ] && return
    local place site suite options
    read -r site suite < <(apt-get indextargets --format '$(SITE) $(CODENAME)' | grep -v -- - | head -n 1)
    place=$(mktemp -d) && mkdir -p "$place/lists/partial" "$2" || return
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $suite-backports main" >"$place/sources"
    options=(-o "Dir::Etc::sourcelist=$place/sources" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$place/lists"
        -o APT::Sandbox::User=root -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
    (cd "$place" && apt-get --quiet "${options[@]}" update && apt-get --quiet "${options[@]}" download "$1" &&
        dpkg-deb --extract "$1"_*.deb new) >&2 && mv "$place/new/usr" "$2/usr"
    local code=$?
    rm -r "$place"
    return $code
}

# Programs of one of this release's packages, unpacked into a folder and installed nowhere: for one file of many.
# usage: need_unpacked PACKAGE FOLDER
need_unpacked() {
    [ -d "$2/usr" ] && return
    local place
    place=$(mktemp -d) && mkdir -p "$2" || return
    (cd "$place" && apt-get --quiet -o APT::Sandbox::User=root download "$1" && dpkg-deb --extract "$1"_*.deb new) >&2 &&
        mv "$place/new/usr" "$2/usr"
    local code=$?
    rm -r "$place"
    return $code
}

BUILD_PACKAGES="pkg-config libldap-dev libssh-dev libssl-dev libseccomp-dev libsodium-dev libzstd-dev libsqlite3-dev"
LAB_PACKAGES="openssh-server openssh-client openssl python3 util-linux"
TEST_PACKAGES="asciinema binutils cryptsetup-bin curl dropbear-bin faketime fish git gnupg haproxy ldap-utils less mandoc
    libpam-google-authenticator mc nano oathtool postgresql-client procps python3-venv rsyslog rsyslog-openssl screen slapd
    socat sudo tinysshd tmux ttyrec vim zsh"
BROWSER_PACKAGES="chromium fonts-noto-core fonts-noto-mono"
PACKAGE_PACKAGES="binutils debootstrap dpkg-dev patchelf"
INTEROP_PACKAGES="curl dropbear-bin fuse3 git lftp putty-tools python3-venv rsync sshfs"

if ! command -v swift >/dev/null; then
    echo "swift is not on the PATH: install Swift 6.3 first (https://www.swift.org/install/linux/)" >&2
    exit 1
fi
