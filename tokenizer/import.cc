#include "tokenizer/import.h"
