// tools/signals.h - what the program does with signals and with closed standard streams.
#pragma once

#include <string>

namespace linnet::tools {

// A reader that goes away and a file-size limit become errors of write(); SIGINT, SIGTERM and
// SIGHUP end the program as they would, after the temporary file is gone. Closed standard streams
// are occupied, so that no file opened later is taken for one of them.
void prepare_process();

// The file that must not stay behind when a signal ends the program; "" when there is none.
void set_temporary_file(const std::string& path);

}  // namespace linnet::tools
