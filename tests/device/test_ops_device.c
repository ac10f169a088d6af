/* Every operator in float32 on the devices this program has. */
#include "device/device_walk.h"
