#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <openssl/x509_vfy.h>

#include "common/base/array.h"
#include "common/http_client/http_failure.h"

enum { DECEMBER_2026 = 1796083200 };

/* clang-format off */
static const struct {
	const char *name;
	struct http_failure failure;
	const char *want;
} cases[] = {
	{ "not yet valid",
	    { .code = CURLE_PEER_FAILED_VERIFICATION, .error = "", .host = "h",
	      .verdict = X509_V_ERR_CERT_NOT_YET_VALID, .now_s = DECEMBER_2026 },
	    "the server's certificate is not valid: certificate is not yet valid; the clock of this machine says 2026-12-01: is that right?" },
	{ "expired",
	    { .code = CURLE_PEER_FAILED_VERIFICATION, .error = "", .host = "h",
	      .verdict = X509_V_ERR_CERT_HAS_EXPIRED, .now_s = 0 },
	    "the server's certificate is not valid: certificate has expired; the clock of this machine says 1970-01-01: is that right?" },
	{ "other name",
	    { .code = CURLE_PEER_FAILED_VERIFICATION, .error = "", .host = "h",
	      .verdict = X509_V_ERR_HOSTNAME_MISMATCH },
	    "the server's certificate is not valid: hostname mismatch" },
	{ "nobody there",
	    { .code = CURLE_COULDNT_CONNECT, .error = "x", .host = "h:1" },
	    "no connection to h:1: x" },
};
/* clang-format on */

static void
test_sentences(void **state)
{
	char sentence[HTTP_FAILURE_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		http_failure_print(&cases[i].failure, sentence);
		if (strcmp(sentence, cases[i].want) != 0)
			fail_msg("%s: got %s", cases[i].name, sentence);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
