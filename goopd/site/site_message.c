#include "goopd/site/site_message.h"

#include <stdio.h>
#include <string.h>

#include "goopd/site/site_message_1_0.h"
#include "goopd/site/site_message_1_1.h"

int
site_request_parse(enum site_version version, struct bytes bytes,
    struct site_request *ret, size_t *used)
{
	return version == SITE_1_0 ? site_request_parse_1_0(bytes, ret, used)
				   : site_request_parse_1_1(bytes, ret, used);
}

int
site_request_print(enum site_version version,
    const struct site_request *request, struct buffer *out)
{
	return version == SITE_1_0 ? site_request_print_1_0(request, out)
				   : site_request_print_1_1(request, out);
}

int
site_answer_parse(enum site_version version, struct bytes bytes,
    struct site_answer *ret, size_t *used)
{
	return version == SITE_1_0 ? site_answer_parse_1_0(bytes, ret, used)
				   : site_answer_parse_1_1(bytes, ret, used);
}

int
site_answer_print(enum site_version version, const struct site_answer *answer,
    struct buffer *out)
{
	return version == SITE_1_0 ? site_answer_print_1_0(answer, out)
				   : site_answer_print_1_1(answer, out);
}

void
site_answer_fail(
    struct site_answer *answer, unsigned int status, const char *text)
{
	*answer = (struct site_answer){ .status = status };
	snprintf(answer->text, sizeof(answer->text), "%s", text);
}

bool
site_answer_has_body(const struct site_answer *answer)
{
	return answer->status == 200 || answer->status == 206;
}
