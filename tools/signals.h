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

// From now on the first SIGINT, SIGTERM or SIGHUP only asks the program to stop; the second of a kind
// ends it.
void stop_gently();
int stop_signal();      // which one has asked; 0: none; kStopByProgram: stop_reading()
int stop_descriptor();  // becomes readable when one does; -1 before stop_gently()

// Ends every wait for input, as a signal would.
void stop_reading();
constexpr int kStopByProgram = -1;

// Ends the program as the signal that asked would have: 128 + number for a shell.
[[noreturn]] void die_of_stop_signal();

}  // namespace linnet::tools
