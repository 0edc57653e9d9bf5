/* What cppcheck has to know of macros of libraries that it does not read. */
#define HASH_ITER(hh, head, el, tmp) \
	for ((el) = (head), (tmp) = (el) ? (el)->hh.next : 0; (el); \
	     (el) = (tmp), (tmp) = (tmp) ? (tmp)->hh.next : 0)
#define json_array_foreach(array, i, value) \
	for (i = 0; (value = json_array_get(array, i)) != 0; i++)
#define json_object_foreach(object, key, value) \
	for (key = next_key(0); (value = json_object_get(object, key)) != 0; \
	     key = next_key(key))
