#include "common/identity/signer_child.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/base/token_bucket.h"
#include "common/base/xalloc.h"

/* Signing needs its socket, memory without execution, the clock for the rate
 * limit, and exit. */
static const int allowed_calls[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(getrandom),
	SCMP_SYS(rt_sigreturn),
#ifdef GOOP_SANITIZED
	SCMP_SYS(sigaltstack), /* called by the sanitizer at exit */
#endif
};

static int
enter_sandbox(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	size_t i;
	int rc = 0;

	if (filter == NULL)
		return -ENOMEM;
	for (i = 0; rc == 0 && i < sizeof(allowed_calls) / sizeof(int); i++)
		rc = seccomp_rule_add(
		    filter, SCMP_ACT_ALLOW, allowed_calls[i], 0);
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc;
}

/* True after len bytes; false if the other end closed. */
static bool
read_all(int fd, void *data, size_t len)
{
	uint8_t *at = data;
	ssize_t n;

	while (len > 0) {
		n = read(fd, at, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static void
answer_message(const struct identity_key *key, struct bytes message,
    struct token_bucket *rate, struct signer_answer *ret)
{
	*ret = (struct signer_answer){ .outcome = SIGNER_SIGNED };
	if (!signer_rules_allow(message))
		ret->outcome = SIGNER_REFUSED;
	else if (!token_bucket_take(rate, 1, monotime_now()))
		ret->outcome = SIGNER_LIMITED;
	else if (identity_key_sign(key, message, ret->signature) < 0)
		ret->outcome = SIGNER_FAILED;
}

static int
serve(int fd, const struct identity_key *key, uint8_t *message)
{
	struct signer_answer answer;
	struct token_bucket rate;
	struct cursor cursor;
	uint8_t length[4];
	size_t len;

	token_bucket_init(
	    &rate, SIGNER_BURST, SIGNER_PER_MINUTE / 60.0, monotime_now());
	while (read_all(fd, length, sizeof(length))) {
		cursor = cursor_over((struct bytes){ length, sizeof(length) });
		len = cursor_be32(&cursor);
		if (len > SIGNER_MESSAGE_MAX || !read_all(fd, message, len))
			return 1;
		answer_message(
		    key, (struct bytes){ message, len }, &rate, &answer);
		if (write(fd, &answer, sizeof(answer)) !=
		    (ssize_t)sizeof(answer))
			return 1;
	}
	return 0;
}

int
signer_child_serve(int fd, const struct identity_key *key)
{
	uint8_t signature[IDENTITY_SIGNATURE_SIZE];
	struct bytes nothing = { (const uint8_t *)"", 0 };

	/* The first signature makes the library load its files, before the
	 * sandbox forbids it. */
	if (identity_key_sign(key, nothing, signature) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || enter_sandbox() < 0)
		return 1;
	return serve(fd, key, xzalloc(SIGNER_MESSAGE_MAX));
}
