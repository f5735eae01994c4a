#include "CUnderstudyPlatform.h"
