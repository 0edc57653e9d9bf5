#include "common/http_client/http_failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/x509_vfy.h>

#include "common/base/text.h"

enum { TOO_LARGE = 100 }; /* CURLE_TOO_LARGE, new in libcurl 8.6 */

static void __attribute__((format(printf, 2, 3)))
say(char sentence[HTTP_FAILURE_SIZE], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, HTTP_FAILURE_SIZE, format, arguments);
	va_end(arguments);
	text_make_printable(sentence);
}

/* The reason behind OpenSSL's "error:0A00010B:SSL routines::wrong version". */
static const char *
tls_reason(const char *error)
{
	const char *colon = strrchr(error, ':');

	if (colon == NULL || colon[1] == '\0')
		return error;
	return colon + 1 + strspn(colon + 1, " ");
}

/* Most often it is the clock that is wrong, not the certificate. */
static void
print_untimely(const struct http_failure *failure, char *sentence)
{
	time_t now = (time_t)failure->now_s;
	char date[sizeof("2026-12-31")] = "?";
	struct tm day;

	if (gmtime_r(&now, &day) != NULL)
		(void)strftime(date, sizeof(date), "%Y-%m-%d", &day);
	say(sentence,
	    "the server's certificate is not valid: %.100s; the clock of this "
	    "machine says %s: is that right?",
	    X509_verify_cert_error_string(failure->verdict), date);
}

static void
print_tls(const struct http_failure *failure, char *sentence)
{
	const char *reason = tls_reason(failure->error);

	if (failure->verdict == X509_V_ERR_CERT_NOT_YET_VALID ||
	    failure->verdict == X509_V_ERR_CERT_HAS_EXPIRED) {
		print_untimely(failure, sentence);
		return;
	}
	if (failure->verdict != X509_V_OK)
		reason = X509_verify_cert_error_string(failure->verdict);
	if (failure->verdict != X509_V_OK ||
	    failure->code == CURLE_PEER_FAILED_VERIFICATION)
		say(sentence, "the server's certificate is not valid: %.150s",
		    reason);
	else if (strstr(failure->error, "SSL_ERROR_SYSCALL") != NULL ||
		 strstr(failure->error, "unexpected eof") != NULL)
		say(sentence,
		    "the server ended the connection before it was secure");
	else
		say(sentence,
		    "the server does not speak TLS as it should: %.150s",
		    reason);
}

static void
print_unreached(const struct http_failure *failure, char *sentence)
{
	const char *host = failure->host;

	if (failure->code == CURLE_SSL_CONNECT_ERROR ||
	    failure->code == CURLE_PEER_FAILED_VERIFICATION)
		print_tls(failure, sentence);
	else if (failure->code == CURLE_COULDNT_CONNECT)
		say(sentence, "no connection to %.120s: %.100s", host,
		    failure->os_error != 0 ? strerror(failure->os_error)
					   : failure->error);
	else if (failure->code == CURLE_OPERATION_TIMEDOUT)
		say(sentence, "%.200s does not answer", host);
	else if (failure->proxy_status >= 300)
		say(sentence, "the proxy %.180s refuses (%d)", failure->proxy,
		    failure->proxy_status);
	else if (failure->proxy != NULL)
		say(sentence,
		    "the proxy %.100s does not answer as a proxy should: "
		    "%.80s",
		    failure->proxy, failure->error);
	else
		say(sentence, "no connection to %.120s: %.100s", host,
		    failure->error);
}

/* It broke, or made no sense, after the request was sent. */
static void
print_reached(const struct http_failure *failure, char *sentence)
{
	CURLcode code = failure->code;

	/* a line without an end: complete ones are counted by us */
	if (code == CURLE_OUT_OF_MEMORY || (int)code == TOO_LARGE)
		say(sentence, "the server's answer is too long");
	else if (code == CURLE_UNSUPPORTED_PROTOCOL ||
		 code == CURLE_WEIRD_SERVER_REPLY ||
		 strstr(failure->error, "hunk") != NULL) /* of the body */
		say(sentence, "the server does not speak HTTP");
	else if ((code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR) &&
		 failure->os_error != 0)
		say(sentence, "the connection to the server is lost: %s",
		    strerror(failure->os_error));
	else if (failure->is_stream)
		say(sentence, "the server ended the connection");
	else if (code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE ||
		 code == CURLE_RECV_ERROR || code == CURLE_OK)
		say(sentence,
		    "the server ended the connection without an answer");
	else
		say(sentence, "the connection to the server is lost: %.150s",
		    failure->error);
}

void
http_failure_print(
    const struct http_failure *failure, char sentence[HTTP_FAILURE_SIZE])
{
	if (failure->has_reached)
		print_reached(failure, sentence);
	else
		print_unreached(failure, sentence);
}
