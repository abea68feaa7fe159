"""Run a command and print what it used, as JSON. A small process of its own: a child starts with its parent's peak."""

import json
import os
import sys

command, output = sys.argv[2:], os.open(sys.argv[1], os.O_WRONLY)
redirect = [(os.POSIX_SPAWN_DUP2, output, descriptor) for descriptor in (1, 2)]
_, status, used = os.wait4(os.posix_spawn(command[0], command, os.environ, file_actions=redirect), 0)
print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss]))
