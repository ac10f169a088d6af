/* near.h: numbers that agree up to a tolerance; cmocka's own check says it in float. */
#ifndef TESTS_NEAR_H
#define TESTS_NEAR_H

#include <math.h>

#define assert_near(found, expected, tolerance)                                                    \
    do {                                                                                           \
        double found_ = (found), expected_ = (expected);                                           \
        if (!(fabs(found_ - expected_) <= (tolerance)))                                            \
            fail_msg("%s is %.17g, not %.17g", #found, found_, expected_);                         \
    } while (0)

#endif
