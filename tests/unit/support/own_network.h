/* own_network: a network of the test's own, with nothing but loopback, down. */
#ifndef TESTS_UNIT_SUPPORT_OWN_NETWORK_H
#define TESTS_UNIT_SUPPORT_OWN_NETWORK_H

#include <stdbool.h>

/* Move this process into it; false, with the reason said, where it cannot. */
bool own_network_enter(void);

#endif
