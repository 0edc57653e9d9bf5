/* test_certificate: keys and certificates made on the spot. */
#ifndef TESTS_UNIT_SUPPORT_TEST_CERTIFICATE_H
#define TESTS_UNIT_SUPPORT_TEST_CERTIFICATE_H

#include <openssl/types.h>

/*
 * Write a self-signed certificate and its key, as PEM. names is the value of
 * subjectAltName, like "DNS:localhost,IP:127.0.0.1"; serial tells two apart.
 */
void test_certificate_write(const char *certificate_path, const char *key_path,
    const char *names, long serial);

#endif
