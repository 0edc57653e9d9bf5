#include "common/http_client/curl_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>

#include "common/base/log.h"

struct curl_library curl;

/* 0 or -ELIBACC */
static int
load(void)
{
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	bool is_whole = library != NULL;

#define CURL_LOAD(name) \
	is_whole = is_whole && (*(void **)&curl.name = \
				       dlsym(library, "curl_" #name)) != NULL;
	CURL_FUNCTIONS(CURL_LOAD)
#undef CURL_LOAD
	/* found through the libraries that libcurl names */
	is_whole = is_whole && (*(void **)&curl.idn2_lookup_u8 = dlsym(
				    library, "idn2_lookup_u8")) != NULL;
	if (is_whole)
		return 0;
	log_error(
	    "libcurl.so.4 cannot be loaded: %s: install libcurl4", dlerror());
	return -ELIBACC;
}

int
curl_library_open(void)
{
	static bool is_open;
	int rc = is_open ? 0 : load();

	if (rc == 0 && !is_open && curl.global_init(CURL_GLOBAL_DEFAULT) != 0)
		rc = -ELIBACC;
	is_open = is_open || rc == 0;
	return rc;
}
