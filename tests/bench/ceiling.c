/*
 * ceiling: what this machine can do at best, to compare transfers with:
 * ChaCha20-Poly1305 on one core in records of the size that Noise uses, and
 * TCP over loopback in writes of 64 KiB.
 *
 *	ceiling           both
 *	ceiling cipher    the cipher alone
 *
 * Prints a line each, in bytes a second: "chacha20poly1305 N",
 * "loopback_tcp N".
 */
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/fault.h"
#include "common/base/monotime.h"

enum { RECORD = 65519, PIECE = 65536, SECONDS = 1 };
static const uint64_t LOOPBACK_BYTES = 6ull << 30;

static double
seconds_since(struct monotime start)
{
	return (double)(monotime_now().us - start.us) / 1e6;
}

static double
cipher_rate(void)
{
	static uint8_t plain[RECORD], sealed[RECORD + 16];
	uint8_t key[32] = { 1 }, nonce[12] = { 0 };
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	struct monotime start = monotime_now();
	uint64_t total = 0;
	int len;

	EVP_EncryptInit_ex(context, EVP_chacha20_poly1305(), NULL, key, nonce);
	while (seconds_since(start) < SECONDS) {
		nonce[4]++;
		EVP_EncryptInit_ex(context, NULL, NULL, NULL, nonce);
		EVP_EncryptUpdate(context, sealed, &len, plain, RECORD);
		EVP_EncryptFinal_ex(context, sealed + len, &len);
		total += RECORD;
	}
	EVP_CIPHER_CTX_free(context);
	return (double)total / seconds_since(start);
}

static void
send_all(const struct sockaddr_in *to)
{
	static uint8_t piece[PIECE];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t left = LOOPBACK_BYTES;
	ssize_t n;

	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == -1)
		die("ceiling: connect failed");
	while (left > 0 && (n = write(fd, piece, sizeof(piece))) > 0)
		left -= (uint64_t)n < left ? (uint64_t)n : left;
	_exit(0);
}

static double
loopback_rate(void)
{
	static uint8_t piece[4 * PIECE];
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	struct monotime start;
	uint64_t total = 0;
	ssize_t n;

	if (bind(listener, (struct sockaddr *)&address, len) == -1 ||
	    listen(listener, 1) == -1 ||
	    getsockname(listener, (struct sockaddr *)&address, &len) == -1)
		die("ceiling: cannot listen on loopback");
	if (fork() == 0)
		send_all(&address);
	fd = accept(listener, NULL, NULL);
	start = monotime_now();
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		total += (uint64_t)n;
	wait(NULL);
	return (double)total / seconds_since(start);
}

int
main(int argc, char *argv[])
{
	printf("chacha20poly1305 %.0f\n", cipher_rate());
	if (argc < 2 || strcmp(argv[1], "cipher") != 0)
		printf("loopback_tcp %.0f\n", loopback_rate());
	return 0;
}
