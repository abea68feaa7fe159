"""Pure decisions: they read no clock, do no I/O, and give the same answer to the same question."""
