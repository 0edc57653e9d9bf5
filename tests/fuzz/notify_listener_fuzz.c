#include <stdlib.h>

#include "cli/supervisor/notify_listener.h"
#include "common/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct notify_news news;

	notify_news_parse((struct bytes){ data, size }, &news);
	if (news.has_status && !text_is_utf8(bytes_of(news.status)))
		abort();
	return 0;
}
