/* Every operator in double on the emulated device. */
#include "device/device_walk.h"
