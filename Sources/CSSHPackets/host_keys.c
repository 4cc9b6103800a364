#include "host_keys.h"

#include <libssh/libssh.h>
#include <pthread.h>
#include <stdlib.h>

#if LIBSSH_VERSION_MAJOR != 0 || LIBSSH_VERSION_MINOR != 10 || LIBSSH_VERSION_MICRO != 6
#error "CSSHPackets is written for the private functions of libssh 0.10.6: look at them again for this version"
#endif

typedef struct ssh_signature_struct *ssh_signature;

/* Private functions of the static library (pki.h, pki_priv.h). The digest is `enum ssh_digest_e` there. */
int ssh_pki_import_pubkey_blob(const ssh_string blob, ssh_key *key);
int ssh_pki_import_signature_blob(const ssh_string blob, const ssh_key key, ssh_signature *signature);
const char *ssh_key_signature_to_char(enum ssh_keytypes_e type, int digest);

/* The front of libssh's `struct ssh_key_struct` (pki.h). */
struct key_front {
    enum ssh_keytypes_e type;
    int flags;
};

enum { KEY_PRIVATE = 2 };

struct ssh_key_struct *sp_host_key_import(const uint8_t *blob, size_t length) {
    ssh_string text = ssh_string_new(length);
    if (text == NULL || ssh_string_fill(text, blob, length) != 0) {
        ssh_string_free(text);
        return NULL;
    }
    ssh_key key = NULL;
    int result = ssh_pki_import_pubkey_blob(text, &key);
    ssh_string_free(text);
    if (result != SSH_OK || key == NULL) return NULL;
    struct key_front *front = (struct key_front *)key;
    /* libssh's own answers, before and after, prove that the flags are where they should be. */
    if (front->type == ssh_key_type(key) && !ssh_key_is_private(key)) {
        front->flags |= KEY_PRIVATE;
        if (ssh_key_is_private(key) && ssh_key_is_public(key)) return key;
    }
    ssh_key_free(key);
    return NULL;
}

struct sp_host_signer {
    ssh_session session;
    sp_sign_exchange *sign;
    void *user;
    struct sp_host_signer *next;
};

/* Of all sessions: a worker has one, a test may have several, on several threads. */
static struct sp_host_signer *signers;
static pthread_mutex_t signers_lock = PTHREAD_MUTEX_INITIALIZER;

struct sp_host_signer *sp_host_signer_begin(ssh_session session, sp_sign_exchange *sign, void *user) {
    struct sp_host_signer *signer = calloc(1, sizeof *signer);
    if (signer == NULL) return NULL;
    signer->session = session;
    signer->sign = sign;
    signer->user = user;
    pthread_mutex_lock(&signers_lock);
    signer->next = signers;
    signers = signer;
    pthread_mutex_unlock(&signers_lock);
    return signer;
}

void sp_host_signer_end(struct sp_host_signer *signer) {
    pthread_mutex_lock(&signers_lock);
    struct sp_host_signer **place = &signers;
    while (*place != NULL && *place != signer) place = &(*place)->next;
    if (*place != NULL) *place = signer->next;
    pthread_mutex_unlock(&signers_lock);
    free(signer);
}

static struct sp_host_signer *signer_of(ssh_session session) {
    pthread_mutex_lock(&signers_lock);
    struct sp_host_signer *signer = signers;
    while (signer != NULL && signer->session != session) signer = signer->next;
    pthread_mutex_unlock(&signers_lock);
    return signer;
}

/* Whose key exchange is being signed. */
static _Thread_local struct sp_host_signer *exchanging;

/* libssh's server signs each key exchange with this, whatever the method of exchange (curve25519.c, dh.c, ecdh_crypto.c).
 * The function itself takes the hash from the session and hands it to `pki_sign_data`. */
ssh_string __real_ssh_srv_pki_do_sign_sessionid(ssh_session session, const ssh_key key, int digest);

ssh_string __wrap_ssh_srv_pki_do_sign_sessionid(ssh_session session, const ssh_key key, int digest) {
    exchanging = signer_of(session);
    ssh_string signature = __real_ssh_srv_pki_do_sign_sessionid(session, key, digest);
    exchanging = NULL;
    return signature;
}

/* Whatever libssh signs, it signs with this (pki.c): nothing but key exchanges is signed. */
ssh_signature __wrap_pki_sign_data(const ssh_key key, int digest, const unsigned char *input, size_t length) {
    if (exchanging == NULL) return NULL;
    const char *algorithm = ssh_key_signature_to_char(ssh_key_type(key), digest);
    if (algorithm == NULL) return NULL;
    uint8_t bytes[SP_HOST_SIGNATURE];
    size_t count = exchanging->sign(exchanging->user, algorithm, input, length, bytes);
    if (count == 0 || count > sizeof bytes) return NULL;
    ssh_string blob = ssh_string_new(count);
    if (blob == NULL) return NULL;
    ssh_signature signature = NULL;
    if (ssh_string_fill(blob, bytes, count) != 0 || ssh_pki_import_signature_blob(blob, key, &signature) != SSH_OK) {
        signature = NULL;
    }
    ssh_string_free(blob);
    return signature;
}
