#include "tokenizer/wordpiece.h"
