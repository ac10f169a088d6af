#include "dispatch/rest.h"

#include <math.h>

#define SHARE 0.01 /* of the silence: what a wait is prolonged by at most, on average by half  */
#define MIN   1e-4 /* seconds: an answer takes as long                                         */
#define MAX   2e-2 /* seconds: a look costs some 10 us                                         */

double rest_seconds(double silence) { return fmin(fmax(SHARE * silence, MIN), MAX); }
