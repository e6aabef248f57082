"""Runs a program and prints its seconds, its peak memory in KiB and its exit status, as JSON.

    python -I -S measured.py PROGRAM ARGUMENTS...

A process of its own, and a small one: what the kernel reports as a program's peak begins with the memory of
the process that started it."""

import json
import os
import sys
import time

start = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "kib": usage.ru_maxrss, "status": os.waitstatus_to_exitcode(status)}))
