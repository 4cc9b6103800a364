/* Linux interfaces that Swift can't call: variadic functions, macros, and system calls without a C library wrapper. */
#ifndef SALLYPORT_CPLATFORM_H
#define SALLYPORT_CPLATFORM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

/* Every function returns -1 and sets errno on failure, and retries EINTR itself, unless said otherwise. */

/* sendmsg with SCM_RIGHTS: the CMSG_* macros are not imported. At most SP_MAX_FDS descriptors. */
#define SP_MAX_FDS 4
ssize_t sp_send_message(int socket, const void *bytes, size_t length, const int *fds, size_t fd_count, int flags);

/* recvmsg with SCM_RIGHTS. Received descriptors are close-on-exec. *truncated is 1 when the message or its descriptors
 * did not fit; descriptors that came with such a message are closed. */
ssize_t sp_receive_message(int socket, void *bytes, size_t capacity, int *fds, size_t *fd_count, int *truncated, int flags);

/* prctl is variadic. */
int sp_set_not_dumpable(void);
int sp_set_no_new_privileges(void);
int sp_set_thread_name(const char *name);
int sp_die_with_parent(void); /* SIGKILL when the parent's thread ends; a change of user undoes it */

/* memfd_create and pipe2 are missing from the imported headers. Close-on-exec; the pipe's ends are read, then write. */
int sp_memory_file(const char *name);
int sp_pipe(int ends[2]);

/* No wrappers in this C library. */
int sp_pidfd_open(pid_t pid);
int sp_pidfd_send_signal(int pidfd, int signal);

/* waitid(P_PIDFD): P_PIDFD isn't imported. Returns 1 and the exit code or signal when the child has ended, 0 when it
 * still runs (never blocks). */
int sp_pidfd_wait(int pidfd, int *exit_code, int *signal_number);

/* accept4 is missing from the imported headers. Non-blocking, close-on-exec. Does not retry EINTR. */
int sp_accept(int listener, void *address, unsigned int *address_length);

/* fcntl and ioctl are variadic. */
int sp_set_nonblocking(int fd, int enabled);
int sp_set_close_on_exec(int fd, int enabled);
#define SP_LOWEST_DUPLICATE 16
int sp_duplicate_close_on_exec(int fd); /* numbered from SP_LOWEST_DUPLICATE up */

/* Peer credentials of a connected Unix socket. */
int sp_unsent_bytes(int socket); /* of a TCP socket: what the peer has not acknowledged; -1 and errno */
int sp_peer_credentials(int fd, pid_t *pid, uid_t *uid, gid_t *gid);

/* Takes away every access to the file system by path from this process, where the kernel has Landlock. Returns 1 when
 * the kernel has none. no_new_privs must be set. */
int sp_landlock_deny_all(void);

/* setresuid and setresgid are hidden by the imported headers. Leaves all supplementary groups too. */
int sp_become_user(uid_t user, gid_t group);

/* ptrace is variadic. Tries to attach to the parent process. */
int sp_trace_parent(void);

/* open and openat are variadic. */
int sp_open_at(int directory, const char *path, int flags, unsigned int mode);

/* POSIX_SPAWN_SETSID, which the imported headers hide. */
extern const short sp_spawn_own_session;

/* posix_spawn_file_actions_addclosefrom_np, which the imported headers hide. The argument is a
 * posix_spawn_file_actions_t. */
int sp_spawn_close_from(void *file_actions, int lowest);

/* memset that the compiler may not leave out. */
void sp_wipe(void *bytes, size_t length);

#endif
