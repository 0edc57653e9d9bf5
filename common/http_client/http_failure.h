/*
 * http_failure: why a request came to nothing, as a sentence for people. Pure:
 * what libcurl and OpenSSL found out is passed in.
 */
#ifndef COMMON_HTTP_CLIENT_HTTP_FAILURE_H
#define COMMON_HTTP_CLIENT_HTTP_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/http_client/curl_library.h"

enum { HTTP_FAILURE_SIZE = 256 };

struct http_failure {
	CURLcode code;
	const char *error; /* libcurl's sentence (CURLOPT_ERRORBUFFER) */
	int os_error;      /* errno; 0: unknown */
	long verdict;      /* on the certificate: X509_V_OK, X509_V_ERR_... */
	int proxy_status;  /* its answer to CONNECT; 0: none */
	const char *host;  /* the first hop: server or proxy, with port */
	const char *proxy; /* its name, or NULL */
	bool has_reached;  /* the server, as far as HTTP */
	bool is_stream;    /* it had begun */
	int64_t now_s;     /* by this machine's clock */
};

void http_failure_print(
    const struct http_failure *, char sentence[HTTP_FAILURE_SIZE]);

#endif
