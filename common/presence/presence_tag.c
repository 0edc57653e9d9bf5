#include "common/presence/presence_tag.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"

void
presence_tag_make(const char *mdns_tag, char ret[PRESENCE_TAG_SIZE])
{
	CLEANUP_FREE char *text = xasprintf("goop mdns tag %s", mdns_tag);
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		text[i] = (char)tolower((unsigned char)text[i]);
	if (EVP_Digest(text, i, digest, NULL, EVP_sha256(), NULL) != 1)
		bug("presence: no SHA-256");
	for (i = 0; i < PRESENCE_TAG_SIZE / 2; i++)
		snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}
