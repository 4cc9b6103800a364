#define _GNU_SOURCE
#include "CPlatform.h"

#include <sys/mman.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <linux/sockios.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

ssize_t sp_send_message(int socket, const void *bytes, size_t length, const int *fds, size_t fd_count, int flags) {
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
    union { char space[CMSG_SPACE(sizeof(int) * SP_MAX_FDS)]; struct cmsghdr align; } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count > SP_MAX_FDS) { errno = EINVAL; return -1; }
    if (fd_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
    }
    ssize_t sent;
    do sent = sendmsg(socket, &message, flags | MSG_NOSIGNAL); while (sent < 0 && errno == EINTR);
    return sent;
}

ssize_t sp_receive_message(int socket, void *bytes, size_t capacity, int *fds, size_t *fd_count, int *truncated, int flags) {
    struct iovec part = {.iov_base = bytes, .iov_len = capacity};
    union { char space[CMSG_SPACE(sizeof(int) * SP_MAX_FDS)]; struct cmsghdr align; } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space,
                             .msg_controllen = sizeof control.space};
    ssize_t received;
    do received = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC); while (received < 0 && errno == EINTR);
    *fd_count = 0;
    *truncated = 0;
    if (received < 0) return received;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count && *fd_count < SP_MAX_FDS; i++) {
            memcpy(&fds[*fd_count], CMSG_DATA(header) + i * sizeof(int), sizeof(int));
            *fd_count += 1;
        }
    }
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        *truncated = 1;
        for (size_t i = 0; i < *fd_count; i++) close(fds[i]);
        *fd_count = 0;
    }
    return received;
}

int sp_set_not_dumpable(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
int sp_set_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
int sp_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }
int sp_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

int sp_memory_file(const char *name)
{
    return memfd_create(name, MFD_CLOEXEC);
}

int sp_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC);
}

int sp_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
int sp_pidfd_send_signal(int pidfd, int signal) { return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); }

int sp_pidfd_wait(int pidfd, int *exit_code, int *signal_number) {
    siginfo_t info = {0};
    int result;
    do result = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG); while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    if (info.si_pid == 0) return 0;
    *exit_code = info.si_code == CLD_EXITED ? info.si_status : 0;
    *signal_number = info.si_code == CLD_EXITED ? 0 : info.si_status;
    return 1;
}

int sp_accept(int listener, void *address, unsigned int *address_length) {
    return accept4(listener, address, address_length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int sp_set_nonblocking(int fd, int enabled) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(fd, F_SETFL, enabled ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}
int sp_set_close_on_exec(int fd, int enabled) { return fcntl(fd, F_SETFD, enabled ? FD_CLOEXEC : 0); }
int sp_duplicate_close_on_exec(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, SP_LOWEST_DUPLICATE); }

int sp_unsent_bytes(int socket) {
    int unsent = 0;
    return ioctl(socket, SIOCOUTQ, &unsent) < 0 ? -1 : unsent;
}

int sp_peer_credentials(int fd, pid_t *pid, uid_t *uid, gid_t *gid) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return -1;
    *pid = credentials.pid;
    *uid = credentials.uid;
    *gid = credentials.gid;
    return 0;
}

int sp_landlock_deny_all(void) {
    int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return 1;
    struct landlock_ruleset_attr attributes = {
        .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
                             LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                             LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                             LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                             LANDLOCK_ACCESS_FS_MAKE_SYM};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0) return -1;
    int result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return result;
}

int sp_become_user(uid_t user, gid_t group) {
    if (setgroups(0, NULL) < 0 || setresgid(group, group, group) < 0) return -1;
    return setresuid(user, user, user);
}

int sp_trace_parent(void) { return (int)ptrace(PTRACE_SEIZE, getppid(), NULL, NULL); }

int sp_open_at(int directory, const char *path, int flags, unsigned int mode) {
    int fd;
    do fd = openat(directory, path, flags | O_CLOEXEC, mode); while (fd < 0 && errno == EINTR);
    return fd;
}

const short sp_spawn_own_session = POSIX_SPAWN_SETSID;

int sp_spawn_close_from(void *file_actions, int lowest) {
    return posix_spawn_file_actions_addclosefrom_np(file_actions, lowest);
}

void sp_wipe(void *bytes, size_t length) { explicit_bzero(bytes, length); }
