// tools/window.h - the records that are worked on together: what bounds the program's memory.
#pragma once

#include <string_view>
#include <vector>

#include "linnet/status.h"
#include "tools/records.h"

namespace linnet::tools {

struct Window {
  std::vector<Record> records;
  std::vector<std::string_view> texts;  // of the records
  uint64_t first = 0;                   // index in the whole input of records[0]
  bool last = false;                    // the input has ended
};

// Replaces the window by the next one: at most max_texts records and about 8 MB of text (a larger
// text is a window of its own), fewer where the input has nothing to read at this moment, so that
// whoever writes a line and waits gets the answer. Only the last window may be empty.
// On failure the window holds the records before the bad one.
Status read_window(RecordReader& reader, size_t max_texts, Window& window);

// How many texts, so that `floats` of output for each keep within some megabytes.
size_t window_texts(size_t floats);

}  // namespace linnet::tools
