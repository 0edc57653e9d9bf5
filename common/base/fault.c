#include "common/base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/log.h"

static void
fault_log(const char *what, const char *format, va_list arguments)
{
	char text[512];

	vsnprintf(text, sizeof(text), format, arguments);
	log_error("%s%s", what, text);
}

void
bug(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fault_log("bug: ", format, arguments);
	va_end(arguments);
	abort();
}

void
die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fault_log("", format, arguments);
	va_end(arguments);
	exit(1);
}
