/* libssh, with the accessors that queue mode needs: they are marked deprecated, and no replacement exists for a
 * relay that answers requests later than it reads them. */
#define SSH_DEPRECATED_SUPPRESSED
#include <libssh/libssh.h>
#undef SSH_DEPRECATED
#define SSH_DEPRECATED
#include <libssh/server.h>
#include <libssh/callbacks.h>
