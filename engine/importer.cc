#include "engine/importer.h"
