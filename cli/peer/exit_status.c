#include "cli/peer/exit_status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "common/base/log.h"
#include "common/base/text.h"

enum exit_status
exit_status_of_bus(enum bus_code code)
{
	switch (code) {
	case BUS_OK:
		return EXIT_OK;
	case BUS_BAD_REQUEST:
		return EXIT_USAGE;
	case BUS_NOT_FOUND:
		return EXIT_NOT_FOUND;
	case BUS_FORBIDDEN:
		return EXIT_FORBIDDEN;
	case BUS_UNREACHABLE:
		return EXIT_UNREACHABLE;
	case BUS_TIMEOUT:
		return EXIT_TIMEOUT;
	case BUS_BUSY:
	case BUS_RATE_LIMITED:
		return EXIT_BUSY;
	case BUS_TOO_LARGE:
		return EXIT_TOO_LARGE;
	case BUS_INTERNAL:
		break;
	}
	return EXIT_FAILED;
}

enum exit_status
exit_status_of_errno(int rc)
{
	switch (-rc) {
	case ENOENT:
	case ENOTDIR:
		return EXIT_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return EXIT_FORBIDDEN;
	default:
		return EXIT_FAILED;
	}
}

enum exit_status
complain(enum exit_status status, const char *format, ...)
{
	char text[LOG_LINE_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_make_printable(text); /* it may quote text of another peer */
	fprintf(stderr, "goop2: %s\n", text);
	return status;
}

void
exit_status_print_man(FILE *to)
{
	fprintf(to, ".Bl -tag -width 3n -compact\n");
#define EXIT_STATUS_MAN(name, number, text) \
	fprintf(to, ".It %d\n%s\n", number, text);
	EXIT_STATUSES(EXIT_STATUS_MAN)
	fprintf(to, ".El\n");
}
