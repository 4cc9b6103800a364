/* libssh. Its message accessors are marked deprecated in favour of callbacks, which can't answer later than they are
 * called; a relay has to, so the marks are switched off. */
#define SSH_SUPPRESS_DEPRECATED
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <libssh/callbacks.h>
